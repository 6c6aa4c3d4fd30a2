//go:build linux

package route

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// The groups. Joining needs no rights.
const (
	GroupRoutes    nl.EventGroups = unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE
	GroupNeighbors nl.EventGroups = unix.RTMGRP_NEIGH
)

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

// routeEvent decodes one event; nil for messages of other groups.
func (c *Conn) routeEvent(row *Route, m nl.Message) (*Route, error) {
	if m.Type != unix.RTM_NEWROUTE && m.Type != unix.RTM_DELROUTE {
		return nil, nil //nolint:nilnil // of another group
	}
	bad, err := row.decode(m.Payload)
	row.Deleted = m.Type == unix.RTM_DELROUTE
	row.Replaced = !row.Deleted && m.Flags&unix.NLM_F_REPLACE != 0
	c.malformed.Add(uint64(bad))
	c.rows.Add(1)
	return row, err
}

// NeighborEvents yields every neighbor that was added or has changed, and with Deleted set every one that
// was removed, as [Conn.Events] does for routes. The Conn needs [GroupNeighbors].
func (c *Conn) NeighborEvents(ctx context.Context) iter.Seq2[*Neighbor, error] {
	var row Neighbor // likewise
	return nl.Follow(ctx, c.nl, GroupNeighbors, "watch neighbors", func(m nl.Message) (*Neighbor, error) {
		return c.neighborEvent(&row, m)
	})
}

// neighborEvent decodes one event; nil for messages of other groups.
func (c *Conn) neighborEvent(row *Neighbor, m nl.Message) (*Neighbor, error) {
	if m.Type != unix.RTM_NEWNEIGH && m.Type != unix.RTM_DELNEIGH {
		return nil, nil //nolint:nilnil // of another group
	}
	bad, err := row.decode(m.Payload)
	row.Deleted = m.Type == unix.RTM_DELNEIGH
	c.malformed.Add(uint64(bad))
	c.rows.Add(1)
	return row, err
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
