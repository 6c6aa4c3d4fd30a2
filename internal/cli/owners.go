package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// owners answers who holds a socket. Who asks first begins the scan and waits for it.
type owners struct {
	*scan
	known map[int32]*process
	shown []uint32 // inodes of rows, for a recording
	blank bool     // somebody asked about a socket that nobody is known to hold
}

// A scan is what all goroutines share.
type scan struct {
	begin  func()
	index  *owner.Index
	err    error
	done   chan struct{}
	shared *sync.Mutex // for what the index reads when asked
}

// errNoProc says that not even this process is there.
var errNoProc = errors.New("no process in /proc: is it mounted?")

// headStart is how long the kernel has to come with a socket before the scan begins without being asked: a
// list that nothing is on needs no scan, one that takes long is not to wait for it afterwards.
const headStart = 4 * time.Millisecond

// scanOwners prepares to look for owners. The scan's goroutine ends with it, or with ctx.
func scanOwners(ctx context.Context) *owners {
	s := &scan{done: make(chan struct{}), shared: new(sync.Mutex)}
	s.begin = sync.OnceFunc(func() {
		go func() {
			defer close(s.done)
			s.index, s.err = owner.Scan(ctx, &owner.Config{Tasks: owner.Private})
			if s.err == nil && s.index.Method() == owner.Proc && s.index.Stats().Processes == 0 {
				s.err = errNoProc
			}
		}()
	})
	return &owners{scan: s}
}

// wait returns the index, nil if there is none.
func (s *scan) wait() *owner.Index {
	s.begin()
	<-s.done
	return s.index
}

func (o *owners) Owners(inode uint32) []owner.Ref {
	var refs []owner.Ref
	if x := o.wait(); x != nil {
		refs = x.Owners(inode)
	}
	o.blank = o.blank || inode != 0 && len(refs) == 0
	return refs
}

// Comm returns the name of a process, Cmdline its arguments.
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

// process returns what is known of a process. The index is shared by all goroutines that encode rows and
// reads files, so each goroutine has a view of its own that remembers what it has seen.
func (o *owners) process(pid int32) *process {
	p := o.known[pid]
	if p == nil {
		o.shared.Lock()
		p = &process{index: o.index, shared: o.shared, pid: pid, comm: o.index.Process(pid).Comm()}
		o.shared.Unlock()
		if o.known == nil {
			o.known = map[int32]*process{}
		}
		o.known[pid] = p
	}
	return p
}

// fork returns owners for another goroutine.
func (o *owners) fork() *owners {
	return &owners{scan: o.scan}
}

// A process is what one goroutine knows of a process.
type process struct {
	index  *owner.Index
	shared *sync.Mutex
	pid    int32
	comm   []byte
}

func (p *process) cmdline() []byte {
	p.shared.Lock()
	defer p.shared.Unlock()
	return p.index.Process(p.pid).Cmdline()
}

// missing says which owners may be unknown and what would help, "" if none.
func (o *owners) missing() string {
	x := o.wait()
	if o.err != nil {
		return fmt.Sprintf("who holds the sockets is not known: %v", o.err)
	}
	st := x.Stats()
	switch {
	case st.Complete():
		return ""
	case st.HidePID:
		return "processes of other users are hidden (hidepid): " + remedy()
	case st.Denied+st.Unresolved > 0:
		return fmt.Sprintf("%d of %d processes not readable: %s",
			st.Denied+st.Unresolved, st.Processes, remedy())
	default:
		return "" // a pid namespace of its own is what a container is for
	}
}

// remedy is what helps where processes may not be looked into.
func remedy() string {
	if os.Geteuid() == 0 {
		return "give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
	}
	return "run as root, or give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
}

// ownersFile is the name of the owners in a recording: a line for each descriptor with inode, process id,
// descriptor, name and command line, the texts in Go's quotes.
const ownersFile = "nlstat/owners"

// record writes down who holds the sockets that were shown.
func (o *owners) record(r *diag.Recorder) {
	x := o.wait()
	if x == nil {
		return
	}
	slices.Sort(o.shown)
	var b []byte
	for _, inode := range slices.Compact(o.shown) {
		for _, ref := range x.Owners(inode) {
			b = strconv.AppendUint(b, uint64(ref.Inode), 10)
			b = strconv.AppendInt(append(b, ' '), int64(ref.PID), 10)
			b = strconv.AppendInt(append(b, ' '), int64(ref.FD), 10)
			b = strconv.AppendQuote(append(b, ' '), string(o.Comm(ref.PID)))
			b = strconv.AppendQuote(append(b, ' '), string(o.Cmdline(ref.PID)))
			b = append(b, '\n')
		}
	}
	r.File(ownersFile, b)
}

// recordedOwners are the owners of a recording.
type recordedOwners struct {
	refs  []owner.Ref // by inode, then as they were
	procs map[int32]recordedProcess
}

type recordedProcess struct{ comm, cmdline []byte }

// replayOwners reads them. A recording without owners has none; lines that make no sense are left out.
func replayOwners(r *diag.Recording) view.Owners {
	o := &recordedOwners{procs: map[int32]recordedProcess{}}
	text, err := r.File(ownersFile)
	if err != nil {
		return o
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var ref owner.Ref
		var comm, cmdline string
		if _, err := fmt.Sscanf(lines.Text(), "%d %d %d %q %q",
			&ref.Inode, &ref.PID, &ref.FD, &comm, &cmdline); err != nil {
			continue
		}
		o.refs = append(o.refs, ref)
		o.procs[ref.PID] = recordedProcess{[]byte(comm), []byte(cmdline)}
	}
	slices.SortStableFunc(o.refs, func(a, b owner.Ref) int { return cmp.Compare(a.Inode, b.Inode) })
	return o
}

func (o *recordedOwners) Owners(inode uint32) []owner.Ref {
	from, _ := slices.BinarySearchFunc(o.refs, inode, func(r owner.Ref, i uint32) int {
		return cmp.Compare(r.Inode, i)
	})
	to := from
	for to < len(o.refs) && o.refs[to].Inode == inode {
		to++
	}
	return o.refs[from:to]
}

// Absence says what follows from the socket alone.
func (o *recordedOwners) Absence(s *diag.Socket) owner.Absence {
	if s.Inode != 0 {
		return owner.Held // whoever recorded may know
	}
	e := evidence(s)
	return e.Explain()
}

func (o *recordedOwners) Comm(pid int32) []byte    { return o.procs[pid].comm }
func (o *recordedOwners) Cmdline(pid int32) []byte { return o.procs[pid].cmdline }
