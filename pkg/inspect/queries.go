//go:build linux

package inspect

import (
	"bytes"
	"slices"

	"golang.org/x/sys/unix"
)

// queries returns the queries for one namespace.
func (r *run) queries(p *Place) []Query {
	return r.oneWalk(r.filled(p, r.plan.queries(p)))
}

// filled removes queries for which another namespace has no sockets; its counts are read in 0.1 ms. TCP has
// one table for all namespaces: a dump in an empty one walks the sockets of the whole host.
func (r *run) filled(p *Place, qs []Query) []Query {
	if p.FD == 0 || p.Record != nil {
		return qs
	}
	if p.counts == nil {
		p.arrive(qs, r.cfg.ReadAhead)
	}
	if p.counts == nil {
		return qs
	}
	return slices.DeleteFunc(qs, func(q Query) bool { return p.counts.Empty(&q.Query) })
}

// oneWalk merges the queries for TCP over IPv4 and IPv6 if they are otherwise equal: the oldest form of the
// request returns both in one walk of the table.
func (r *run) oneWalk(qs []Query) []Query {
	if r.cfg.Replay != nil || r.cfg.Record != nil {
		return qs // recordings have the new form
	}
	for i := range len(qs) - 1 {
		a, b := &qs[i], &qs[i+1]
		if a.Protocol == unix.IPPROTO_TCP && a.Family == unix.AF_INET && b.Protocol == unix.IPPROTO_TCP &&
			b.Family == unix.AF_INET6 && a.Want == b.Want && a.States == b.States && bytes.Equal(a.Filter, b.Filter) &&
			a.LocalPort == b.LocalPort && a.RemotePort == b.RemotePort && a.Keys == nil && b.Keys == nil {
			a.Legacy = true
			return slices.Delete(qs, i+1, i+2)
		}
	}
	return qs
}
