//go:build linux

package diag

import (
	"fmt"
	"io"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// ErrUnexpectedEnd says that a capture or a recording ends before the end of the dump.
var ErrUnexpectedEnd = nl.ErrUnexpectedEnd

// Capture yields the sockets of a file of bare netlink messages, as `ss -D` and [NewCapture] write
// it, up to the end of its first dump. q describes the file: the family, where AF_INET stands for
// IPv4 and IPv6, the protocol of messages that do not contain it, and in Want whether HasMD5 is
// decoded; it does not filter. The Socket is overwritten by the next iteration. At most one error
// is yielded, last.
func Capture(r io.Reader, q *Query) iter.Seq2[*Socket, error] {
	return func(yield func(*Socket, error) bool) {
		f := familyOf(q)
		if f == nil {
			yield(nil, nl.Unsupported(fmt.Errorf("read %s sockets: not a family that sock_diag lists", tableName(q))))
			return
		}
		op := "read " + tableName(q) + " sockets"
		var s Socket
		for m, err := range nl.Capture(r, op) {
			if err != nil {
				yield(nil, err)
				return
			}
			if m.Type != unix.SOCK_DIAG_BY_FAMILY && m.Type != tcpdiagGetSock {
				continue
			}
			s.reset()
			if err := captured(&s, f, m.Payload, q); err != nil {
				yield(nil, fmt.Errorf("%s: %w", op, err))
				return
			}
			if !yield(&s, nil) {
				return
			}
		}
	}
}

// captured decodes a message, which may contain its protocol.
func captured(s *Socket, f *family, payload []byte, q *Query) error {
	asked := *q
	if v := eventProtocol(payload); v != 0 && f == &inet {
		asked.Protocol = v
	}
	_, err := f.decode(s, payload, &asked)
	return err
}
