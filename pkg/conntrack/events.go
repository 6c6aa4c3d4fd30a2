package conntrack

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/nl"
)

// EventGroups is a set of the multicast groups that tell of flows (NFNLGRP_CONNTRACK_*). Joining needs
// CAP_NET_ADMIN.
type EventGroups uint32

// The groups.
const (
	NewFlows     EventGroups = 1 << (unix.NFNLGRP_CONNTRACK_NEW - 1)
	ChangedFlows EventGroups = 1 << (unix.NFNLGRP_CONNTRACK_UPDATE - 1)
	EndedFlows   EventGroups = 1 << (unix.NFNLGRP_CONNTRACK_DESTROY - 1)
	AllEvents                = NewFlows | ChangedFlows | EndedFlows
)

// EventKind says what happened to a flow.
type EventKind uint8

// The kinds.
const (
	NoEvent EventKind = iota // the flow comes from a dump
	Began
	Changed
	Ended // with its final counters, if it had any
)

var eventNames = [...]string{NoEvent: "", Began: "new", Changed: "update", Ended: "destroy"}

// String returns "new", "update" or "destroy".
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

var errReplayEvents = errors.New("a recording holds no events")

// Events yields what happens to flows from Dial on, of the groups in [Config.Events], until ctx ends or the
// loop is left. When more happens than is read the kernel drops events: that comes as an error that
// wraps unix.ENOBUFS, and the loop goes on. Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Flow, error] {
	const op = "watch flows"
	return func(yield func(*Flow, error) bool) {
		if c.nl.Replaying() {
			yield(nil, fmt.Errorf("%s: %w", op, errReplayEvents))
			return
		}
		for m, err := range c.nl.Events(ctx, op) {
			if err == nil && m.Type != msgNew && m.Type != msgDelete {
				continue
			}
			if !yield(c.event(m, err)) {
				return
			}
		}
	}
}

// event decodes one event, unless there was an error already.
func (c *Conn) event(m nl.Message, err error) (*Flow, error) {
	if err != nil {
		return nil, explain(err)
	}
	if err := c.take(m.Payload); err != nil {
		return nil, fmt.Errorf("watch flows: %w", err)
	}
	switch {
	case m.Type == msgDelete:
		c.flow.Event = Ended
	case m.Flags&unix.NLM_F_CREATE != 0:
		c.flow.Event = Began
	default:
		c.flow.Event = Changed
	}
	c.stats.Flows++
	return &c.flow, nil
}
