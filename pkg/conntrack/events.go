//go:build linux

package conntrack

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// The groups of flow events (NFNLGRP_CONNTRACK_*). Joining needs CAP_NET_ADMIN.
const (
	GroupNew     nl.EventGroups = 1 << (unix.NFNLGRP_CONNTRACK_NEW - 1)
	GroupChanged nl.EventGroups = 1 << (unix.NFNLGRP_CONNTRACK_UPDATE - 1)
	GroupEnded   nl.EventGroups = 1 << (unix.NFNLGRP_CONNTRACK_DESTROY - 1)
	GroupAll                    = GroupNew | GroupChanged | GroupEnded
)

// EventKind is the kind of an event.
type EventKind uint8

// The kinds.
const (
	EventNone EventKind = iota // the flow comes from a dump
	EventNew
	EventChanged
	EventEnded // with its final counters, if it had any
)

var eventNames = [...]string{EventNone: "", EventNew: "new", EventChanged: "update", EventEnded: "destroy"}

// String returns "new", "update" or "destroy".
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Events yields the events of flows from Dial on, of the groups in its [Config], until ctx ends or the
// loop is left. It can be called again. If events are not read in time the kernel drops some: a [LostError]
// counts them, and the loop goes on. Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Flow, error] {
	var f Flow // overwritten by each iteration
	return nl.Follow(ctx, c.nl, GroupAll, "watch flows", func(m nl.Message) (*Flow, error) {
		return c.event(&f, m)
	})
}

// Watch yields all flows, whose Event is [EventNone], and then those of [Conn.Events], until ctx ends
// or the loop is left. After a [LostError] it yields all flows again: a caller that keeps a table
// clears it. An event may be of a flow that ended before it was listed. The Conn needs [GroupAll].
//
// Flows that began while no program had joined a group have no events, and stay in the caller's table, if
// net.netfilter.nf_conntrack_events is 2, which is the default since Linux 5.19.
func (c *Conn) Watch(ctx context.Context) iter.Seq2[*Flow, error] {
	list := func(ctx context.Context) iter.Seq2[*Flow, error] { return c.Flows(ctx, nil) }
	return nl.Watch(ctx, list, c.Events(ctx))
}

// event decodes one event; nil for messages of other groups.
func (c *Conn) event(f *Flow, m nl.Message) (*Flow, error) {
	if m.Type != msgNew && m.Type != msgDelete {
		return nil, nil //nolint:nilnil // of another group
	}
	err := c.take(f, m.Payload)
	switch {
	case m.Type == msgDelete:
		f.Event = EventEnded
	case m.Flags&unix.NLM_F_CREATE != 0:
		f.Event = EventNew
	default:
		f.Event = EventChanged
	}
	c.flows.Add(1)
	return f, err
}

// Translated reports whether addresses or ports of the flow are rewritten, as [NATAny] selects.
func (f *Flow) Translated() bool { return NATAny.selects(f.Status) }
