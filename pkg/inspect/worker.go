//go:build linux

package inspect

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A worker turns sockets into rows in one goroutine, with a filter and joins of its own.
type worker struct {
	run    *run
	id     int
	row    Row
	joins  Joins
	filter func(*Row) bool
	visit  func(int, *Row) error
	err    error // of visit, to distinguish it from the kernel's
	taken  int   // sockets

	counting *sample         // if not nil, only add to this sample
	to       func(*Row)      // takes the rows instead of visit; nil = visit
	first    *sample         // for rates; nil = none
	owners   *owners         // nil = not requested, or recorded
	own      map[uint32]bool // the session's own sockets

	shown, ownShown []uint32 // inodes of rows, for a recording
}

// worker returns the i-th worker.
func (r *run) worker(i int, visit func(int, *Row) error) *worker {
	w := &worker{run: r, id: i, visit: visit}
	if r.plan.Filter != nil {
		w.filter = r.plan.Filter(i)
	}
	switch {
	case r.recorded != nil:
		w.joins.Owners = r.recorded
	case r.owners == nil:
	default:
		w.owners = &owners{scan: r.owners}
		w.joins.Owners = w.owners
	}
	if r.peers != nil {
		w.joins.Peers = r.peers
	}
	if r.nat != nil {
		w.joins.NAT = r.nat
	}
	w.joins.Cgroups = r.cgroups
	w.joins.Containers = r.names
	w.joins.Listeners = r.through
	return w
}

// enter sets the namespace of the following rows. Cloned rows keep their joins.
func (w *worker) enter(p *Place, first *sample) {
	joins := w.joins
	joins.Links = p.Links
	w.own = nil
	if p.Replay != nil {
		w.own = w.run.asking
	}
	w.row.Joins = &joins
	w.row.Netns, w.row.Aliases, w.row.NetNS = p.Name, p.Aliases, p.Inode
	w.first = first
}

// begin sets the query of the following rows.
func (w *worker) begin(q *diag.Query) { w.row.query = q }

// isOwn reports whether a socket is one of the session's own. Those are connected to the kernel, and more
// may be opened during the run.
func (w *worker) isOwn(s *diag.Socket) bool {
	if s.Family != unix.AF_NETLINK {
		return false
	}
	if w.run.cfg.Replay != nil || s.State != diag.StateEstablished || w.own[s.Inode] {
		return w.own[s.Inode]
	}
	w.own = ownSockets()
	return w.own[s.Inode] || w.closedSince(s.Inode)
}

// closedSince reports whether only this process held a socket when owners were looked up, and has closed
// it since.
func (w *worker) closedSince(inode uint32) bool {
	if w.owners == nil || w.run.plan.Needs&NeedOwner == 0 {
		return false
	}
	x := w.owners.wait()
	if x == nil {
		return false
	}
	refs := x.Owners(inode)
	self := int32(os.Getpid())
	return len(refs) > 0 && !slices.ContainsFunc(refs, func(r owner.Ref) bool { return r.PID != self })
}

// take is called with each socket.
func (w *worker) take(s *diag.Socket) error {
	w.taken++
	if w.counting != nil {
		w.counting.add(s)
		return nil
	}
	w.row.Socket = s
	w.row.Own = w.isOwn(s)
	if w.to != nil {
		w.to(&w.row)
		return nil
	}
	if w.first != nil {
		w.row.Rates = w.first.rates(s)
	}
	if w.filter != nil && !w.filter(&w.row) {
		return nil
	}
	w.note()
	w.err = w.visit(w.id, &w.row)
	return w.err
}

// note is called with every yielded row: it notes whether an expected owner is unknown, and what to
// record.
func (w *worker) note() {
	if w.owners != nil && !w.owners.blank && w.run.plan.Needs&NeedOwner != 0 {
		w.owners.Owners(w.row.Inode)
	}
	if w.run.cfg.Record != nil {
		w.record()
	}
}
