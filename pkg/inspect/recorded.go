package inspect

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A recording holds all that its rows are joined with, and nothing about anything else.

// ownersFile is the name of the owners in a recording: a line for each descriptor with inode, process id,
// descriptor, name and command line, the texts in Go's quotes.
const ownersFile = "nlstat/owners"

// record notes what a row that goes out needs.
func (w *worker) record() {
	r := w.run
	if w.row.Iface != 0 {
		w.row.LinkName(w.row.Iface)
	}
	if r.plan.Needs&NeedCgroup != 0 {
		w.row.CgroupPath()
	}
	if w.owners != nil && w.row.Inode != 0 {
		w.shown = append(w.shown, w.row.Inode)
	}
}

// recordLinks writes down the names of a namespace's interfaces that were asked for.
func (r *run) recordLinks(p *Place) {
	if r.cfg.Record != nil {
		p.links.record(r.cfg.Record)
	}
}

// recordJoined writes down what else was joined to the rows.
func (r *run) recordJoined(list []*worker) {
	if r.cfg.Record == nil {
		return
	}
	r.cgroups.record(r.cfg.Record)
	if r.owners != nil {
		list[0].owners.record(r.cfg.Record, list[0].shown)
	}
}

// record writes down who holds the sockets that were shown.
func (o *owners) record(r *diag.Recorder, shown []uint32) {
	x := o.wait()
	if x == nil {
		return
	}
	slices.Sort(shown)
	var b []byte
	for _, inode := range slices.Compact(shown) {
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
func replayOwners(r *diag.Recording) Owners {
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
