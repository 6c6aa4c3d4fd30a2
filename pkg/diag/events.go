package diag

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/nl"
)

// EventGroups is a set of the multicast groups that tell of sockets (SKNLGRP_*), since Linux 4.2.
// Joining needs no rights.
type EventGroups uint32

// The groups.
const (
	TCPDestroyed  EventGroups = 1 << iota // SKNLGRP_INET_TCP_DESTROY
	UDPDestroyed                          // SKNLGRP_INET_UDP_DESTROY
	TCP6Destroyed                         // SKNLGRP_INET6_TCP_DESTROY
	UDP6Destroyed                         // SKNLGRP_INET6_UDP_DESTROY
)

var errReplayEvents = errors.New("a recording holds no events")

// Events yields every socket that dies from Dial on, of the groups in [Config.Events], until ctx ends or
// the loop is left. There are no events for sockets that begin, and none for connections that
// go to TIME_WAIT. A listener makes every close on the host cost something: do not keep it open for nothing.
//
// Sockets are reported as closed, without Inode; [Socket.Protocol] tells which they were, and TCP's
// bring their last TCPInfo. When more die than are read the kernel drops events: that comes as an
// error that wraps unix.ENOBUFS, and the loop goes on. Whoever keeps a list must then list anew.
// Any other error is the last.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Socket, error] {
	const op = "watch sockets"
	return func(yield func(*Socket, error) bool) {
		if c.nl.Replaying() {
			yield(nil, fmt.Errorf("%s: %w", op, errReplayEvents))
			return
		}
		c.sock = Socket{}
		for m, err := range c.nl.Events(ctx, op) {
			if err == nil && m.Type != unix.SOCK_DIAG_BY_FAMILY {
				continue // nothing that we joined for
			}
			s, err := c.event(m.Payload, err)
			if !yield(s, err) {
				return
			}
		}
	}
}

// event decodes one event, unless there was an error already.
func (c *Conn) event(b []byte, err error) (*Socket, error) {
	if err != nil {
		return nil, err
	}
	s, q := &c.sock, Query{Protocol: eventProtocol(b)}
	s.reset()
	bad, err := decodeInet(s, b, &q)
	c.stats.Malformed += uint64(bad)
	if err != nil {
		return nil, fmt.Errorf("watch sockets: %w", err)
	}
	c.stats.Sockets++
	return s, nil
}

// eventProtocol finds the protocol, on which the meaning of the other attributes depends.
func eventProtocol(b []byte) uint16 {
	if len(b) < inetMsgLen {
		return 0
	}
	attrs := nl.Attrs(b[inetMsgLen:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			return 0
		}
		if v, ok := nl.Uint8(val); ok && typ == inetProtocol {
			return uint16(v)
		}
	}
}
