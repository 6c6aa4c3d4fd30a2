//go:build linux

package link

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// The groups. Joining needs no rights.
const (
	GroupLinks     nl.EventGroups = unix.RTMGRP_LINK
	GroupAddresses nl.EventGroups = unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR
)

// Events yields every link that was added or has changed, and with Deleted set every one that was removed,
// from Dial on, until ctx ends or the loop is left. The Conn needs [GroupLinks]. It can be called again. If
// events are not read in time the kernel drops some: a [LostError] says so, and the loop goes on; list the
// links again then. Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Link, error] {
	var l Link // overwritten by each iteration
	return nl.Follow(ctx, c.nl, GroupLinks, "watch links", func(m nl.Message) (*Link, error) {
		return c.linkEvent(&l, m)
	})
}

// linkEvent decodes one event; nil for messages of other groups.
func (c *Conn) linkEvent(l *Link, m nl.Message) (*Link, error) {
	if m.Type != unix.RTM_NEWLINK && m.Type != unix.RTM_DELLINK {
		return nil, nil //nolint:nilnil // of another group
	}
	err := c.take(l, m.Payload)
	l.Deleted = m.Type == unix.RTM_DELLINK
	c.rows.Add(1)
	return l, err
}

// AddressEvents yields every address that was added or has changed, and with Deleted set every one that was
// removed, as [Conn.Events] does for links. The Conn needs [GroupAddresses].
func (c *Conn) AddressEvents(ctx context.Context) iter.Seq2[*Address, error] {
	var a Address // overwritten by each iteration
	return nl.Follow(ctx, c.nl, GroupAddresses, "watch addresses", func(m nl.Message) (*Address, error) {
		return c.addressEvent(&a, m)
	})
}

// addressEvent decodes one event; nil for messages of other groups.
func (c *Conn) addressEvent(a *Address, m nl.Message) (*Address, error) {
	if m.Type != unix.RTM_NEWADDR && m.Type != unix.RTM_DELADDR {
		return nil, nil //nolint:nilnil // of another group
	}
	bad, err := a.decode(m.Payload)
	a.Deleted = m.Type == unix.RTM_DELADDR
	c.malformed.Add(uint64(bad))
	c.rows.Add(1)
	return a, err
}

// Watch yields all links, and then those of [Conn.Events]. After a [LostError] it yields all links again: a
// caller that keeps a table clears it. The Conn needs [GroupLinks].
func (c *Conn) Watch(ctx context.Context) iter.Seq2[*Link, error] {
	list := func(ctx context.Context) iter.Seq2[*Link, error] { return c.Links(ctx, nil) }
	return nl.Watch(ctx, list, c.Events(ctx))
}

// WatchAddresses yields all addresses, and then those of [Conn.AddressEvents], as [Conn.Watch] does for
// links. The Conn needs [GroupAddresses].
func (c *Conn) WatchAddresses(ctx context.Context) iter.Seq2[*Address, error] {
	list := func(ctx context.Context) iter.Seq2[*Address, error] { return c.Addresses(ctx, nil) }
	return nl.Watch(ctx, list, c.AddressEvents(ctx))
}
