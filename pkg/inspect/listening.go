//go:build linux

package inspect

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// listenerStates are the states of listeners and their connections.
const listenerStates = connected&^(1<<diag.StateSynSent) | 1<<diag.StateListen | 1<<diag.StateTimeWait

// listeners counts the connections of listeners, in one dump of each kind that the plan may list listeners
// of.
func (r *run) listeners(p *Place) error {
	qs := r.oneWalk(r.filled(p, r.listenerQueries(p)))
	if len(qs) == 0 {
		return nil
	}
	cfg := p.config()
	cfg.ReadAhead = r.cfg.ReadAhead
	conn, done, err := p.dial(&cfg)
	if err != nil {
		return err
	}
	defer done()
	row := Row{Netns: p.Name, NetNS: p.Inode}
	for i := range qs {
		some := false
		for s, err := range conn.Sockets(r.ctx, &qs[i].Query) {
			switch {
			case absent(err): // not known
			case err != nil && some && r.ctx.Err() == nil:
				return &IncompleteError{err}
			case err != nil:
				return err
			default:
				some = true
				row.Socket = s
				r.through.Add(&row)
			}
		}
	}
	return nil
}

// listenerQueries returns the plan's queries whose sockets may listen, for all their states. For a
// recording with all sockets of a kind, one query is enough.
func (r *run) listenerQueries(p *Place) (qs []Query) {
	asked := r.plan.queries(p)
	for i := range asked {
		q := &asked[i]
		k, _ := q.Kind()
		listen := diag.States(diag.StateListen)
		if k.States&listen == 0 || q.States != 0 && q.States&listen == 0 {
			continue
		}
		wide := diag.Query{Family: q.Family, Protocol: q.Protocol, States: listenerStates, Want: diag.HasSkMem}
		switch q.Family {
		case unix.AF_INET, unix.AF_INET6:
			wide.LocalPort = q.LocalPort // that of its connections, too
		case unix.AF_UNIX:
			wide.Want = diag.HasName | diag.HasVFS
		default:
			continue // connections cannot be assigned to listeners
		}
		if r.cfg.Record != nil && covers(q, &wide) {
			continue
		}
		qs = once(qs, &wide)
	}
	return qs
}

// once adds a query for the connections of listeners, unless a query has them already: a plan may select the
// listeners of a kind by several queries, and each connection counts once.
func once(qs []Query, wide *diag.Query) []Query {
	has := func(a, b *diag.Query) bool {
		return a.Family == b.Family && a.Protocol == b.Protocol && (a.LocalPort == 0 || a.LocalPort == b.LocalPort)
	}
	if slices.ContainsFunc(qs, func(q Query) bool { return has(&q.Query, wide) }) {
		return qs
	}
	qs = slices.DeleteFunc(qs, func(q Query) bool { return has(wide, &q.Query) })
	return append(qs, Query{Query: *wide})
}

// covers reports whether the reply to q contains that to a narrower query.
func covers(q *Query, narrow *diag.Query) bool {
	return len(q.Keys) == 0 && q.Filter == nil && q.LocalPort == narrow.LocalPort && q.RemotePort == 0 &&
		(q.States == 0 || q.States&narrow.States == narrow.States) && q.Want&narrow.Want == narrow.Want
}

// firstListeners prepares the Listeners of the run; if rates are needed, it follows that of the session's
// last run.
func (r *run) firstListeners() {
	switch {
	case r.plan.Needs&NeedListeners == 0:
	case r.plan.Needs&NeedRates == 0:
		r.through = NewListeners()
	case r.Session.through != nil:
		r.through = r.Session.through.After()
	default:
		r.through = Rated()
	}
	if r.plan.Needs&NeedRates != 0 {
		r.Session.through = r.through
	}
}

// Listener returns the health of a listening socket; ok is false if it was not requested or is unknown.
func (r *Row) Listener() (l Listener, ok bool) {
	if r.Joins == nil || r.Joins.Listeners == nil {
		return Listener{}, false
	}
	return r.Joins.Listeners.Of(r)
}
