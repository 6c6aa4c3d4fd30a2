//go:build linux

package inspect

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A recording has the data that its rows are joined with, and no other, in tables of lines.
const (
	// processesTable has each process once: id, name, whole name, path of the control group and command line,
	// the texts in Go's quotes.
	processesTable = "nlstat/processes"
	// ownersTable has a line for each descriptor: inode, process id, descriptor.
	ownersTable = "nlstat/owners"
	// scanTable has one line: the reason why owners may be missing, in Go's quotes.
	scanTable = "nlstat/scan"
	// ownTable has the inodes of the recorder's own netlink sockets.
	ownTable = "nlstat/own"
	// selfTable has the inode of the recorder's own network namespace.
	selfTable = "nlstat/self"
)

// maxCommand is the maximum length of a recorded command line, in bytes.
const maxCommand = 128 << 10

// record notes the data that a yielded row needs.
func (w *worker) record() {
	if w.row.Iface != 0 {
		w.row.LinkName(w.row.Iface)
	}
	if w.run.plan.Needs&NeedCgroup != 0 {
		w.row.Group()
	}
	if w.owners != nil && w.row.Inode != 0 {
		w.shown = append(w.shown, w.row.Inode)
	}
	if w.owners != nil && w.run.plan.Needs&NeedPeer != 0 {
		if peer := w.row.PeerInode(); peer != 0 {
			w.shown = append(w.shown, peer)
		}
	}
	if w.row.Own {
		w.ownShown = append(w.ownShown, w.row.Inode)
	}
}

// recordLinks records the requested names of a namespace's interfaces.
func (p *Place) recordLinks() {
	if p.Record != nil {
		t := tableWriter{rec: p.Record, name: linksTable}
		p.links.record(&t, hider{p.session.cfg.Redact})
		t.flush()
	}
}

// recordJoined records the other data that was joined to the rows.
func (r *run) recordJoined(list []*worker) {
	rec := r.cfg.Record
	if rec == nil {
		return
	}
	groups := tableWriter{rec: rec, name: cgroupsTable}
	r.cgroups.record(&groups, hider{r.cfg.Redact})
	groups.flush()
	names := tableWriter{rec: rec, name: containersTable}
	r.names.record(&names, hider{r.cfg.Redact})
	names.flush()
	own := tableWriter{rec: rec, name: ownTable}
	for _, inode := range list[0].ownShown {
		own.end(strconv.AppendUint(own.line(), uint64(inode), 10))
	}
	own.flush()
	if r.owners != nil {
		list[0].owners.record(rec, hider{r.cfg.Redact}, list[0].shown)
	}
}

// record records the owners of the sockets that were shown.
func (o *owners) record(rec *diag.Recorder, hide hider, shown []uint32) {
	x := o.wait()
	if x == nil {
		return
	}
	status := tableWriter{rec: rec, name: scanTable}
	status.end(strconv.AppendQuote(status.line(), x.Why()))
	status.flush()
	slices.Sort(shown)
	refs := tableWriter{rec: rec, name: ownersTable}
	processes := tableWriter{rec: rec, name: processesTable}
	written := map[int32]bool{}
	for _, inode := range slices.Compact(shown) {
		for _, ref := range o.Owners(inode) {
			b := strconv.AppendUint(refs.line(), uint64(ref.Inode), 10)
			b = strconv.AppendInt(append(b, ' '), int64(ref.PID), 10)
			refs.end(strconv.AppendInt(append(b, ' '), int64(ref.FD), 10))
			if !written[ref.PID] {
				written[ref.PID] = true
				o.recordProcess(&processes, hide, ref.PID)
			}
		}
	}
	refs.flush()
	processes.flush()
}

func (o *owners) recordProcess(t *tableWriter, hide hider, pid int32) {
	path := ""
	if g := o.Group(pid); g != nil {
		path = hide.group(g.Path)
	}
	comm, name, command := o.Comm(pid), o.Name(pid), o.Cmdline(pid)
	if hide.hides() {
		name, command = comm, nil // the longer name is a part of the command line
	}
	command = command[:min(len(command), maxCommand)]
	b := strconv.AppendInt(t.line(), int64(pid), 10)
	for _, text := range [...]string{string(comm), string(name), path, string(command)} {
		b = strconv.AppendQuote(append(b, ' '), text)
	}
	t.end(b)
}

// recordedOwners are the owners of a recording.
type recordedOwners struct {
	refs  []owner.Ref // by inode, then as they were
	procs map[int32]*recordedProcess
	// scanned says that owners were recorded, why the reason why some may be missing.
	scanned bool
	why     string
	err     error // of reading
}

type recordedProcess struct {
	comm, name, cmdline []byte
	group               cgroup.Group
}

// replayOwners reads the owners of a recording, none if it has none. Malformed lines are skipped.
func replayOwners(r *diag.Recording) *recordedOwners {
	o := &recordedOwners{procs: map[int32]*recordedProcess{}}
	for line := range tableLines(r, scanTable, &o.err) {
		why, err := strconv.Unquote(string(bytes.TrimSuffix(line, []byte("\n"))))
		o.scanned, o.why = err == nil, why
	}
	for line := range tableLines(r, processesTable, &o.err) {
		var pid int32
		var comm, name, path, cmdline string
		if _, err := fmt.Sscanf(string(line), "%d %q %q %q %q", &pid, &comm, &name, &path, &cmdline); err == nil {
			o.procs[pid] = &recordedProcess{[]byte(comm), []byte(name), []byte(cmdline), cgroup.Parse(path)}
		}
	}
	for line := range tableLines(r, ownersTable, &o.err) {
		var ref owner.Ref
		fields := bytes.Fields(line)
		if len(fields) != 3 {
			continue
		}
		inode, err1 := strconv.ParseUint(string(fields[0]), 10, 32)
		pid, err2 := strconv.ParseInt(string(fields[1]), 10, 32)
		fd, err3 := strconv.ParseInt(string(fields[2]), 10, 32)
		if err1 == nil && err2 == nil && err3 == nil {
			ref.Inode, ref.PID, ref.FD = uint32(inode), int32(pid), int32(fd)
			o.refs = append(o.refs, ref)
		}
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

// Complete reports whether all processes could be read when it was recorded.
func (o *recordedOwners) Complete() bool { return o.scanned && o.why == "" }

// Absence returns what follows from the socket itself.
func (o *recordedOwners) Absence(s *diag.Socket) owner.Absence {
	e := evidence(s)
	if a := e.Explain(); a.Established() {
		return a
	}
	return owner.AbsenceUnknown
}

func (o *recordedOwners) process(pid int32) *recordedProcess {
	if p := o.procs[pid]; p != nil {
		return p
	}
	return &recordedProcess{}
}

func (o *recordedOwners) Comm(pid int32) []byte    { return o.process(pid).comm }
func (o *recordedOwners) Name(pid int32) []byte    { return o.process(pid).name }
func (o *recordedOwners) Cmdline(pid int32) []byte { return o.process(pid).cmdline }
func (o *recordedOwners) Ancestry(int32) string    { return "" }

func (o *recordedOwners) Group(pid int32) *cgroup.Group {
	if g := &o.process(pid).group; g.Path != "" {
		return g
	}
	return nil
}

// replayOwn returns the inodes of the recorder's own netlink sockets.
func replayOwn(r *diag.Recording) (own map[uint32]bool, failed error) {
	own = map[uint32]bool{}
	for line := range tableLines(r, ownTable, &failed) {
		if inode, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 10, 32); err == nil {
			own[uint32(inode)] = true
		}
	}
	return own, failed
}
