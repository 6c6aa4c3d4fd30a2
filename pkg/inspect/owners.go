package inspect

import (
	"context"
	"errors"
	"sync"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A scan finds the processes that hold sockets, for all goroutines of a run. Who asks first begins it and
// waits for it.
type scan struct {
	begin  func()
	index  *owner.Index
	err    error
	done   chan struct{}
	shared sync.Mutex // for what the index reads when asked
}

// errNoProc says that not even this process is there.
var errNoProc = errors.New("no process in /proc: is it mounted?")

// newScan prepares a scan. Its goroutine ends with it, or with ctx.
func newScan(ctx context.Context, method owner.Method) *scan {
	s := &scan{done: make(chan struct{})}
	s.begin = sync.OnceFunc(func() {
		go func() {
			defer close(s.done)
			s.index, s.err = owner.Scan(ctx, &owner.Config{Method: method, Tasks: owner.Private})
			if s.err == nil && s.index.Method() == owner.Proc && s.index.Stats().Processes == 0 {
				s.err = errNoProc
			}
		}()
	})
	return s
}

// wait returns the index, nil if there is none.
func (s *scan) wait() *owner.Index {
	s.begin()
	<-s.done
	return s.index
}

// owners answers who holds a socket, for one goroutine.
type owners struct {
	*scan
	known map[int32]*process
	blank bool // somebody asked about a socket that nobody is known to hold
}

func (o *owners) Owners(inode uint32) []owner.Ref {
	var refs []owner.Ref
	if x := o.wait(); x != nil {
		refs = x.Owners(inode)
	}
	o.blank = o.blank || inode != 0 && len(refs) == 0
	return refs
}

func (o *owners) Comm(pid int32) []byte    { return o.process(pid).comm }
func (o *owners) Cmdline(pid int32) []byte { return o.process(pid).cmdline() }

// Absence says why nobody holds a socket.
func (o *owners) Absence(s *diag.Socket) owner.Absence {
	x := o.wait()
	switch {
	case x == nil:
		return owner.Held
	case o.err != nil && s.Inode != 0 && len(x.Owners(s.Inode)) == 0:
		return owner.Unreadable
	}
	return x.Explain(evidence(s))
}

func evidence(s *diag.Socket) owner.Evidence {
	return owner.Evidence{
		Family: s.Family, Protocol: uint8(min(s.Protocol, 255)), State: uint8(s.State), Inode: s.Inode,
	}
}

// A process is what one goroutine knows of a process. The index is shared by all and reads files, so each
// goroutine remembers what it has seen.
type process struct {
	index  *owner.Index
	shared *sync.Mutex
	pid    int32
	comm   []byte
}

func (o *owners) process(pid int32) *process {
	p := o.known[pid]
	if p == nil {
		o.shared.Lock()
		p = &process{index: o.index, shared: &o.shared, pid: pid, comm: o.index.Process(pid).Comm()}
		o.shared.Unlock()
		if o.known == nil {
			o.known = map[int32]*process{}
		}
		o.known[pid] = p
	}
	return p
}

func (p *process) cmdline() []byte {
	p.shared.Lock()
	defer p.shared.Unlock()
	return p.index.Process(p.pid).Cmdline()
}

// tellOwners reports what the scan did not see, if a row was asked for an owner that it has none of.
func (r *run) tellOwners(list []*worker) {
	if r.owners == nil {
		return
	}
	rep := &r.report.Owners
	rep.Asked = true
	for _, w := range list {
		rep.Missing = rep.Missing || w.owners.blank
	}
	if !rep.Missing || r.ctx.Err() != nil {
		return // nobody waits for the scan, or it was interrupted
	}
	x := r.owners.wait()
	rep.Err = r.owners.err
	if x != nil {
		rep.Stats = x.Stats()
	}
}
