package native

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// owners answers who holds a socket. The scan runs while the first sockets are on their way; who asks
// first waits for it.
type owners struct {
	index *owner.Index
	err   error
	done  chan struct{}
	shown []uint32 // inodes of rows, for a recording
}

// scanOwners begins to look for owners. The goroutine ends with the scan, which ends with ctx.
func scanOwners(ctx context.Context) *owners {
	o := &owners{done: make(chan struct{})}
	go func() {
		defer close(o.done)
		o.index, o.err = owner.Scan(ctx, &owner.Config{Tasks: owner.Private})
	}()
	return o
}

// wait returns the index, nil if there is none.
func (o *owners) wait() *owner.Index {
	<-o.done
	return o.index
}

func (o *owners) Owners(inode uint32) []owner.Ref {
	if x := o.wait(); x != nil {
		return x.Owners(inode)
	}
	return nil
}

func (o *owners) Comm(pid int32) []byte    { return o.index.Process(pid).Comm() }
func (o *owners) Cmdline(pid int32) []byte { return o.index.Process(pid).Cmdline() }

// missing says which owners may be unknown and what would help, "" if none.
func (o *owners) missing() string {
	x := o.wait()
	if x == nil {
		return fmt.Sprintf("who holds the sockets is not known: %v", o.err)
	}
	st := x.Stats()
	remedy := "run as root, or give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
	if os.Geteuid() == 0 {
		remedy = "give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
	}
	switch {
	case st.Complete():
		return ""
	case st.HidePID:
		return "processes of other users are hidden (hidepid): " + remedy
	case st.Denied+st.Unresolved > 0:
		return fmt.Sprintf("%d of %d processes not readable: %s",
			st.Denied+st.Unresolved, st.Processes, remedy)
	default:
		return "" // a pid namespace of its own is what a container is for
	}
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

func (o *recordedOwners) Comm(pid int32) []byte    { return o.procs[pid].comm }
func (o *recordedOwners) Cmdline(pid int32) []byte { return o.procs[pid].cmdline }
