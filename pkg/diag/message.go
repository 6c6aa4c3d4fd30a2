//go:build linux

package diag

import (
	"errors"
	"fmt"
)

// Message returns what the socket was decoded from: the kernel's message, about 100 bytes, or 400 with
// TCPInfo, or a line of /proc/net, where a Socket has 600. A caller that keeps many sockets keeps these and
// decodes them again by [Query.Decode]. It is a view, and nil for a socket that was derived from others or
// comes from [Collect], which keeps less of it.
func (s *Socket) Message() []byte {
	if s.bare {
		return nil
	}
	return s.message
}

var errMessage = errors.New("not a message of a socket")

// Decode fills s from a message that [Socket.Message] returned for a reply to q from the given source. s
// becomes a view of message.
func (q *Query) Decode(s *Socket, from Source, message []byte) error {
	if from == SourceProc {
		t := procTableOf(q)
		if t == nil || !t.parse(s.clear(from), new(Proc), message) {
			return fmt.Errorf("decode %s socket: %w", tableName(q), errMessage)
		}
		return nil
	}
	if from == SourceEvent {
		_, err := s.clear(from).DecodeEvent(message)
		return err
	}
	f := familyOf(q)
	if f == nil {
		return fmt.Errorf("decode socket: address family %d is not known to sock_diag", q.Family)
	}
	_, err := f.decode(s.clear(from), message, q)
	return err
}

// clear resets s to a socket without data from the given source.
func (s *Socket) clear(from Source) *Socket {
	*s = Socket{Source: from}
	return s
}
