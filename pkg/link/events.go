package link

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/nl"
)

// EventGroups is a set of the multicast groups that tell of changes.
type EventGroups uint32

// The groups. Joining needs no rights.
const (
	LinkChanges EventGroups = unix.RTMGRP_LINK // RTNLGRP_LINK
)

var errReplayEvents = errors.New("a recording holds no events")

// Events yields every link that was added or has changed, and with Deleted set every one that is gone,
// from Dial on, until ctx ends or the loop is left. The Conn needs [Config.Events]. When more
// happens than is read the kernel drops events: that comes as an error that wraps
// unix.ENOBUFS, and the loop goes on; list the links anew then. Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Link, error] {
	const op = "watch links"
	return func(yield func(*Link, error) bool) {
		if c.nl.Replaying() {
			yield(nil, fmt.Errorf("%s: %w", op, errReplayEvents))
			return
		}
		for m, err := range c.nl.Events(ctx, op) {
			if err == nil && m.Type != unix.RTM_NEWLINK && m.Type != unix.RTM_DELLINK {
				continue
			}
			if !yield(c.event(m, err)) {
				return
			}
		}
	}
}

// event decodes one event, unless there was an error already.
func (c *Conn) event(m nl.Message, err error) (*Link, error) {
	if err != nil {
		return nil, err
	}
	if err := c.take(m.Payload); err != nil {
		return nil, fmt.Errorf("watch links: %w", err)
	}
	c.link.Deleted = m.Type == unix.RTM_DELLINK
	c.stats.Rows++
	return &c.link, nil
}
