package cli

import (
	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A worker turns sockets into rows in one goroutine, with a filter and names of its own.
type worker struct {
	q       *question
	needs   uint32
	row     view.Socket
	filter  *query.Filter[view.Socket]
	put     func(*view.Socket) error
	putErr  error      // of put, to tell it from the kernel's
	look    *firstLook // only count for that
	earlier *firstLook // for rates; nil = none
	owners  *owners    // nil = not asked for, or recorded
}

// worker returns the i-th worker; the first uses what the question has.
func (q *question) worker(i int, needs uint32, put func(*view.Socket) error) (*worker, error) {
	w := &worker{q: q, needs: needs, filter: q.filter, put: put}
	w.row.Names, w.row.Links, w.row.Groups = &q.names, q.links, q.cgroups
	w.row.Peers, w.row.NAT = q.peers, q.nat
	if q.hosts != nil {
		w.row.Hosts = q.hosts
	}
	switch {
	case needs&(view.NeedOwner|view.NeedPeer) == 0:
	case q.cfg.Replay != nil:
		w.row.Owners = replayOwners(q.cfg.Replay)
	case i == 0:
		w.owners = q.owners
		w.row.Owners = w.owners
	default:
		w.owners = q.owners.fork()
		w.row.Owners = w.owners
	}
	if i == 0 {
		return w, nil
	}
	w.row.Names = &names.Names{Etc: q.Etc}
	w.row.Groups = newCgroups()
	table := view.Sockets(w.row.Names)
	var err error
	w.filter, err = query.Compile(&table, q.tree, q.text)
	return w, err
}

// take is called with each socket.
func (w *worker) take(s *diag.Socket) error {
	if w.look != nil {
		w.look.add(s)
		return nil
	}
	if w.q.hearing && deaf(s) {
		return nil
	}
	w.row.Socket = s
	if w.earlier != nil {
		w.row.Rates = w.earlier.rates(s)
	}
	if w.q.meet != nil {
		w.q.meet(&w.row)
	}
	if !w.filter.Match(&w.row) {
		return nil
	}
	w.note()
	w.putErr = w.put(&w.row)
	return w.putErr
}

// note sees every row that goes out: whether it should have an owner and has none, as the filter may have
// seen of those that do not, and what a recording needs of it.
func (w *worker) note() {
	q := w.q
	if w.owners != nil && !w.owners.blank {
		w.owners.Owners(w.row.Inode)
	}
	if q.rec == nil {
		return
	}
	if w.row.Iface != 0 {
		q.links.Name(w.row.Iface)
	}
	if w.needs&view.NeedCgroup != 0 && w.row.Has&diag.HasCgroup != 0 {
		q.cgroups.Path(w.row.Cgroup)
	}
	if q.owners != nil && w.row.Inode != 0 {
		q.owners.shown = append(q.owners.shown, w.row.Inode)
	}
}
