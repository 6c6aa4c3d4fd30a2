//go:build linux

package inspect

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A scan finds the owners of sockets, for all goroutines of a run. The first caller starts it.
type scan struct {
	ctx    context.Context
	begin  func()
	begun  atomic.Bool
	index  *owner.Index
	err    error
	done   chan struct{}
	shared sync.Mutex // for data that the index reads on demand
}

// newScan prepares a scan. Its goroutine ends with the scan or with ctx.
func newScan(ctx context.Context, method owner.Method) *scan {
	s := &scan{ctx: ctx, done: make(chan struct{})}
	s.begin = sync.OnceFunc(func() {
		s.begun.Store(true)
		go func() {
			defer close(s.done)
			s.index, s.err = owner.Scan(ctx, &owner.Config{Method: method, Tasks: owner.TasksPrivate})
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

// owners has the owners of sockets, for one goroutine.
type owners struct {
	*scan
	known map[int32]*process
	blank bool // the owner of a socket was requested and is unknown
}

// Owners returns the descriptors of a socket. If there are none it searches for io_urings that the socket
// is registered with, once for all sockets, and returns their descriptors.
func (o *owners) Owners(inode uint32) []owner.Ref {
	x := o.wait()
	if x == nil || inode == 0 {
		o.blank = o.blank || inode != 0
		return nil
	}
	refs := x.Owners(inode)
	if len(refs) == 0 && x.SearchRings(o.ctx) == nil {
		refs = x.Registered(inode)
	}
	o.blank = o.blank || len(refs) == 0
	return refs
}

func (o *owners) Comm(pid int32) []byte     { return o.process(pid).comm }
func (o *owners) Name(pid int32) []byte     { return o.process(pid).name }
func (o *owners) Cmdline(pid int32) []byte  { return o.process(pid).cmdline() }
func (o *owners) Ancestry(pid int32) string { return o.process(pid).ancestry() }

func (o *owners) Group(pid int32) *cgroup.Group { return o.process(pid).group() }

// Complete reports whether all processes were seen.
func (o *owners) Complete() bool {
	x := o.wait()
	return x != nil && o.err == nil && x.Complete()
}

// Absence returns why a socket has no known owner. A scan cannot find a socket without an inode.
func (o *owners) Absence(s *diag.Socket) owner.Absence {
	e := evidence(s)
	if s.Inode == 0 {
		return e.Explain()
	}
	x := o.wait()
	if x == nil {
		return owner.AbsenceUnknown
	}
	return x.Explain(e)
}

func evidence(s *diag.Socket) owner.Evidence {
	return owner.Evidence{
		Family: s.Family, Protocol: uint8(min(s.Protocol, 255)), State: uint8(s.State), Inode: s.Inode,
		Kernel: s.Family == unix.AF_NETLINK && s.Netlink.PortID == 0,
	}
}

// A process is one goroutine's cache of a process, because the index is shared and reads files.
type process struct {
	index      *owner.Index
	shared     *sync.Mutex
	pid        int32
	comm, name []byte
	parsed     *cgroup.Group
	parents    *string
}

func (o *owners) process(pid int32) *process {
	p := o.known[pid]
	if p == nil {
		o.shared.Lock()
		of := o.index.Process(pid)
		p = &process{index: o.index, shared: &o.shared, pid: pid, comm: of.Comm(), name: of.Name()}
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

func (p *process) ancestry() string {
	if p.parents == nil {
		p.shared.Lock()
		chain := p.index.Process(p.pid).Ancestry()
		p.shared.Unlock()
		p.parents = &chain
	}
	return *p.parents
}

func (p *process) group() *cgroup.Group {
	if p.parsed == nil {
		p.shared.Lock()
		g := p.index.Process(p.pid).Cgroup()
		p.shared.Unlock()
		p.parsed = &g
	}
	if p.parsed.Path == "" {
		return nil
	}
	return p.parsed
}

// tellOwners sets the report about owners, if they were requested.
func (r *run) tellOwners(list []*worker) {
	if r.owners == nil || !r.owners.begun.Load() {
		return
	}
	rep := &r.report.Owners
	rep.Asked = true
	for _, w := range list {
		rep.Missing = rep.Missing || w.owners.blank
	}
	x := r.owners.wait()
	rep.Err = r.owners.err
	if x != nil {
		rep.Known, rep.Why = x.Complete(), x.Why()
		st := x.Stats()
		rep.Unreadable = st.Denied + st.Unresolved
	}
}
