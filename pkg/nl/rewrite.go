//go:build linux

package nl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// A Rewriter changes what a Recorder writes, in place and without changing lengths. An error ends the
// recording.
type Rewriter interface {
	// Request rewrites the payload of a request, also of one that the kernel echoes with an error.
	Request(protocol int, typ uint16, payload []byte) error
	// Reply rewrites the payload of a message of a reply. family is the first byte of the request's
	// payload, 0 for events, because not every reply contains it.
	Reply(protocol int, family uint8, typ uint16, payload []byte) error
	// File rewrites a file of the kernel, such as /proc/net/sockstat.
	File(name string, data []byte) error
}

// rewriteMessages rewrites the messages of a datagram and clears all other bytes.
func rewriteMessages(w Rewriter, q requestRef, d []byte, request bool) error {
	for len(d) > 0 {
		m, _, rest, ok := next(d)
		if !ok {
			clear(d)
			return nil
		}
		d = rest
		var err error
		switch {
		case request:
			err = w.Request(q.protocol, m.Type, m.Payload)
		case m.Type == unix.NLMSG_ERROR:
			err = rewriteEcho(w, q.protocol, m)
		case m.Type >= unix.NLMSG_MIN_TYPE:
			err = w.Reply(q.protocol, q.family, m.Type, m.Payload)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rewriteEcho rewrites the request that an error contains, if it is whole (no NETLINK_CAP_ACK).
func rewriteEcho(w Rewriter, protocol int, m Message) error {
	const before = 4 // the errno
	if len(m.Payload) < before+headerLen || m.Flags&unix.NLM_F_CAPPED != 0 {
		return nil
	}
	echo := m.Payload[before:]
	n := int64(binary.NativeEndian.Uint32(echo))
	if n < headerLen || n > int64(len(echo)) {
		clear(echo[headerLen:])
		return nil
	}
	return w.Request(protocol, binary.NativeEndian.Uint16(echo[4:]), echo[headerLen:n])
}
