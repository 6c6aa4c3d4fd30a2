package route

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/nl"
)

// EventGroups is a set of the multicast groups that tell of changes.
type EventGroups uint32

// The groups. Joining needs no rights.
const (
	RouteChanges    EventGroups = unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE
	NeighborChanges EventGroups = unix.RTMGRP_NEIGH
)

// ErrNoGroup says that a Conn joined no group ([Config.Events]), so that no event would ever come.
var ErrNoGroup = nl.ErrNoGroup

// A LostError says how many events the kernel dropped because they were not read in time. It wraps
// unix.ENOBUFS.
type LostError = nl.LostError

// Events yields every route that was added or has changed, and with Deleted set every one that is gone, from
// Dial on, until ctx ends or the loop is left. The Conn needs [RouteChanges]. It can be called again. A
// route that took the place of another one has Replaced set. IPv4 routes that go with their link or its
// address go without an event.
//
// When more happens than is read the kernel drops events: that comes as a [LostError], and the loop goes on;
// list the routes anew then. Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Route, error] {
	return nl.Follow(ctx, c.nl, "watch routes", c.routeEvent)
}

// routeEvent decodes one event; nil for messages of other groups.
func (c *Conn) routeEvent(m nl.Message) (*Route, error) {
	if m.Type != unix.RTM_NEWROUTE && m.Type != unix.RTM_DELROUTE {
		return nil, nil //nolint:nilnil // of another group
	}
	bad, err := c.route.decode(m.Payload)
	c.route.Deleted = m.Type == unix.RTM_DELROUTE
	c.route.Replaced = !c.route.Deleted && m.Flags&unix.NLM_F_REPLACE != 0
	c.stats.Malformed += uint64(bad)
	c.stats.Rows++
	return &c.route, err
}

// NeighborEvents yields every neighbor that was added or has changed, and with Deleted set every one that is
// gone, as [Conn.Events] does of routes. The Conn needs [NeighborChanges].
func (c *Conn) NeighborEvents(ctx context.Context) iter.Seq2[*Neighbor, error] {
	return nl.Follow(ctx, c.nl, "watch neighbors", c.neighborEvent)
}

// neighborEvent decodes one event; nil for messages of other groups.
func (c *Conn) neighborEvent(m nl.Message) (*Neighbor, error) {
	if m.Type != unix.RTM_NEWNEIGH && m.Type != unix.RTM_DELNEIGH {
		return nil, nil //nolint:nilnil // of another group
	}
	bad, err := c.neighbor.decode(m.Payload)
	c.neighbor.Deleted = m.Type == unix.RTM_DELNEIGH
	c.stats.Malformed += uint64(bad)
	c.stats.Rows++
	return &c.neighbor, err
}
