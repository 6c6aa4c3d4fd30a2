//go:build linux

package route

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// The groups (RTNLGRP_*). Joining needs no rights.
const (
	GroupRoutes    nl.EventGroups = unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE
	GroupNeighbors nl.EventGroups = unix.RTMGRP_NEIGH
	GroupRules     nl.EventGroups = 1<<(unix.RTNLGRP_IPV4_RULE-1) | 1<<(unix.RTNLGRP_IPV6_RULE-1)
	GroupNexthops  nl.EventGroups = 1 << (unix.RTNLGRP_NEXTHOP - 1) // since Linux 5.3
)

// event decodes one event into row: of type added (RTM_NEW*), or of the one after it (RTM_DEL*). It is
// nil for messages of other groups.
func event[T any](
	c *Conn, row *T, m nl.Message, added uint16, decode func(*T, []byte) (int, error),
) (*T, error) {
	if m.Type != added && m.Type != added+1 {
		return nil, nil //nolint:nilnil // of another group
	}
	bad, err := decode(row, m.Payload)
	c.malformed.Add(uint64(bad))
	c.rows.Add(1)
	return row, err
}

// Events yields every route that was added or has changed, and with Deleted set every one that was removed,
// from Dial on, until ctx ends or the loop is left. The Conn needs [GroupRoutes]. It can be called again. A
// route that replaced another one has Replaced set. There is no event for IPv4 routes that are removed with
// their link or its address.
//
// If events are not read in time the kernel drops some: a [LostError] says so, and the loop goes on; list
// the routes again then. Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Route, error] {
	var row Route // overwritten by each iteration
	return nl.Follow(ctx, c.nl, GroupRoutes, "watch routes", func(m nl.Message) (*Route, error) {
		return c.routeEvent(&row, m)
	})
}

func (c *Conn) routeEvent(row *Route, m nl.Message) (*Route, error) {
	r, err := event(c, row, m, unix.RTM_NEWROUTE, (*Route).decode)
	row.Deleted = m.Type == unix.RTM_DELROUTE
	row.Replaced = !row.Deleted && m.Flags&unix.NLM_F_REPLACE != 0
	return r, err
}

// NeighborEvents yields every neighbor that was added or has changed, and with Deleted set every one that
// was removed, as [Conn.Events] does for routes. The Conn needs [GroupNeighbors].
func (c *Conn) NeighborEvents(ctx context.Context) iter.Seq2[*Neighbor, error] {
	var row Neighbor // likewise
	return nl.Follow(ctx, c.nl, GroupNeighbors, "watch neighbors", func(m nl.Message) (*Neighbor, error) {
		return c.neighborEvent(&row, m)
	})
}

func (c *Conn) neighborEvent(row *Neighbor, m nl.Message) (*Neighbor, error) {
	n, err := event(c, row, m, unix.RTM_NEWNEIGH, (*Neighbor).decode)
	row.Deleted = m.Type == unix.RTM_DELNEIGH
	return n, err
}

// RuleEvents yields every rule of IPv4 and IPv6 that was added, and with Deleted set every one that was
// removed, as [Conn.Events] does for routes. A rule does not change, and stays when the links that it
// names are removed. The Conn needs [GroupRules].
func (c *Conn) RuleEvents(ctx context.Context) iter.Seq2[*Rule, error] {
	var row Rule // likewise
	return nl.Follow(ctx, c.nl, GroupRules, "watch rules", func(m nl.Message) (*Rule, error) {
		return c.ruleEvent(&row, m)
	})
}

func (c *Conn) ruleEvent(row *Rule, m nl.Message) (*Rule, error) {
	r, err := event(c, row, m, unix.RTM_NEWRULE, (*Rule).decode)
	row.Deleted = m.Type == unix.RTM_DELRULE
	if err == nil && !isIP(row.Family) {
		return nil, nil //nolint:nilnil // of multicast routing, which has the same groups (ipmr_rules_ops_template)
	}
	return r, err
}

// NexthopEvents yields every nexthop object that was added or has changed, and with Deleted set every
// one that was removed by a request, as [Conn.Events] does for routes. There is no event for objects
// that the kernel removes because their link is removed, set down or without carrier
// (nexthop_flush_dev): Events of package link tell of links. The Conn needs [GroupNexthops]; before
// Linux 5.3 nothing is yielded.
func (c *Conn) NexthopEvents(ctx context.Context) iter.Seq2[*Nexthop, error] {
	var row Nexthop // likewise
	return nl.Follow(ctx, c.nl, GroupNexthops, "watch nexthop objects", func(m nl.Message) (*Nexthop, error) {
		return c.nexthopEvent(&row, m)
	})
}

func (c *Conn) nexthopEvent(row *Nexthop, m nl.Message) (*Nexthop, error) {
	n, err := event(c, row, m, unix.RTM_NEWNEXTHOP, (*Nexthop).decode)
	row.Deleted = m.Type == unix.RTM_DELNEXTHOP
	return n, err
}

// Watch yields all routes, of all tables, and then those of [Conn.Events], with the same exception for IPv4
// routes that are removed with their link or its address. After a [LostError] it yields all routes again: a
// caller that keeps a table clears it. The Conn needs [GroupRoutes].
func (c *Conn) Watch(ctx context.Context) iter.Seq2[*Route, error] {
	list := func(ctx context.Context) iter.Seq2[*Route, error] { return c.Routes(ctx, nil) }
	return nl.Watch(ctx, list, c.Events(ctx))
}

// WatchNeighbors yields all neighbors, and then those of [Conn.NeighborEvents], as [Conn.Watch] does for
// routes. The Conn needs [GroupNeighbors].
func (c *Conn) WatchNeighbors(ctx context.Context) iter.Seq2[*Neighbor, error] {
	list := func(ctx context.Context) iter.Seq2[*Neighbor, error] { return c.Neighbors(ctx, nil) }
	return nl.Watch(ctx, list, c.NeighborEvents(ctx))
}

// WatchRules yields all rules of IPv4 and IPv6, and then those of [Conn.RuleEvents], as [Conn.Watch]
// does for routes. The Conn needs [GroupRules].
func (c *Conn) WatchRules(ctx context.Context) iter.Seq2[*Rule, error] {
	list := func(ctx context.Context) iter.Seq2[*Rule, error] { return c.Rules(ctx, 0) }
	return nl.Watch(ctx, list, c.RuleEvents(ctx))
}

// WatchNexthops yields all nexthop objects, and then those of [Conn.NexthopEvents], as [Conn.Watch]
// does for routes, with the same exception for objects that are removed with their link. The Conn needs
// [GroupNexthops]. Before Linux 5.3 the error is EOPNOTSUPP.
func (c *Conn) WatchNexthops(ctx context.Context) iter.Seq2[*Nexthop, error] {
	list := func(ctx context.Context) iter.Seq2[*Nexthop, error] { return c.Nexthops(ctx, 0) }
	return nl.Watch(ctx, list, c.NexthopEvents(ctx))
}
