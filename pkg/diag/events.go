//go:build linux

package diag

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// The groups of socket events, since Linux 4.2. Joining needs no rights.
const (
	GroupTCPDestroyed  EventGroups = 1 << iota // SKNLGRP_INET_TCP_DESTROY
	GroupUDPDestroyed                          // SKNLGRP_INET_UDP_DESTROY
	GroupTCP6Destroyed                         // SKNLGRP_INET6_TCP_DESTROY
	GroupUDP6Destroyed                         // SKNLGRP_INET6_UDP_DESTROY
)

// GroupAllDestroyed is the set of all groups.
const GroupAllDestroyed = GroupTCPDestroyed | GroupUDPDestroyed | GroupTCP6Destroyed | GroupUDP6Destroyed

// GroupOf returns the group of a family and protocol, 0 if there is none.
func GroupOf(family uint8, protocol uint16) EventGroups {
	switch {
	case family == unix.AF_INET && protocol == unix.IPPROTO_TCP:
		return GroupTCPDestroyed
	case family == unix.AF_INET && protocol == unix.IPPROTO_UDP:
		return GroupUDPDestroyed
	case family == unix.AF_INET6 && protocol == unix.IPPROTO_TCP:
		return GroupTCP6Destroyed
	case family == unix.AF_INET6 && protocol == unix.IPPROTO_UDP:
		return GroupUDP6Destroyed
	default:
		return 0
	}
}

// Events yields every socket that is destroyed from Dial on, of the groups in [Config.Events], until ctx
// ends or the loop is left. It can be called again, and then begins with the events that the kernel has
// queued meanwhile. There are no events for new sockets. While a Conn is in a group, every close on the
// host takes longer: close it when it is not needed.
//
// The socket of a TCP connection is destroyed when it enters TIME-WAIT, and the event, with its last
// TCPInfo, comes then. For the end of the remaining record, which has no counters, there is no event. That
// is so on all kernels from 5.10 to 7.2. There are no events for requests in SYN-RECV, which are not
// sockets yet.
//
// Sockets are reported by addresses and Cookie as closed (a connected UDP socket as established), without
// Inode, UID and the attributes of a dump; [Socket.Protocol] is set, and [Socket.Source] is SourceEvent.
// The queues of UDP sockets are not valid.
//
// If events are not read in time the kernel drops some: a [LostError] counts them, and the loop goes on. A
// caller that keeps a table must then list it again. Any other error is the last: ErrNoGroup,
// net.ErrClosed, that of a recording, or the cause of the end of ctx.
func (c *Conn) Events(ctx context.Context) iter.Seq2[*Socket, error] {
	var s Socket // overwritten by each iteration
	return nl.Follow(ctx, c.nl, GroupAllDestroyed, "watch sockets", func(m nl.Message) (*Socket, error) {
		return c.event(&s, m)
	})
}

// event decodes one event; nil for messages of other groups.
func (c *Conn) event(s *Socket, m nl.Message) (*Socket, error) {
	if m.Type != unix.SOCK_DIAG_BY_FAMILY {
		return nil, nil //nolint:nilnil // not of a joined group
	}
	bad, err := s.DecodeEvent(m.Payload)
	c.count(&Stats{Sockets: 1, Malformed: uint64(bad)})
	return s, err
}

// DecodeEvent decodes an event that [Socket.Message] returned earlier. The socket keeps views of it. It
// returns the number of attributes that were skipped because of a wrong length.
func (s *Socket) DecodeEvent(message []byte) (malformed int, err error) {
	s.reset()
	q := Query{Protocol: eventProtocol(message)}
	malformed, err = decodeInet(s, message, &q)
	s.Source = SourceEvent
	s.Inode, s.UID, s.Has = 0, 0, s.Has&^HasUID // the kernel leaves them zero
	return malformed, err
}

// eventProtocol returns the protocol, on which the meaning of the other attributes depends.
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
