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
	err    error // of visit, to tell it from the kernel's
	taken  int   // sockets

	counting *sample         // only count for that
	to       func(*Row)      // takes rows that are not listed; nil = they are
	first    *sample         // for rates; nil = none
	owners   *owners         // nil = not requested, or recorded
	own      map[uint32]bool // sockets that are asked through

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

// enter makes the rows that follow those of a namespace. Rows that were cloned before keep the joins of
// theirs.
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

// begin makes the rows that follow the answers to a query.
func (w *worker) begin(q *diag.Query) { w.row.query = q }

// isOwn reports whether a socket is one of those that this process asks through. They are connected, to the
// kernel, and more may be opened while rows are made.
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

// closedSince reports whether this process alone held a socket when owners were looked up: one that it has
// closed since it was listed.
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

// note sees every row that goes out: whether it should have an owner and has none, as the filter may have
// seen of those that do not, and what a recording needs of it.
func (w *worker) note() {
	if w.owners != nil && !w.owners.blank && w.run.plan.Needs&NeedOwner != 0 {
		w.owners.Owners(w.row.Inode)
	}
	if w.run.cfg.Record != nil {
		w.record()
	}
}
