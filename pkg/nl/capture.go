//go:build linux

package nl

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/sys/unix"
)

// maxCaptured bounds the memory that a hostile file can make the reader allocate for one message.
const maxCaptured = 1 << 20

// Capture yields the messages of a file of bare netlink messages, in file order, up to the first
// NLMSG_DONE. At most one error is yielded, last: [ErrUnexpectedEnd] for a file that ends before,
// [ErrMalformed], the reader's error, or an [Error] that the file contains. Sequence numbers are
// ignored. m.Payload is valid until the next message.
func Capture(r io.Reader, op string) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		src := bufio.NewReaderSize(r, bufferLen)
		var buf []byte
		for {
			b, err := captured(src, buf)
			if err != nil {
				yield(Message{}, &opError{op: op, err: err})
				return
			}
			buf = b
			m, _, _, ok := next(b)
			if !ok {
				yield(Message{}, &opError{op: op, err: ErrMalformed})
				return
			}
			switch m.Type {
			case unix.NLMSG_DONE:
				return
			case unix.NLMSG_ERROR:
				if len(m.Payload) < unix.SizeofNlMsgerr {
					yield(Message{}, &opError{op: op, err: ErrMalformed})
					return
				}
				yield(Message{}, &Error{Op: op, Errno: errnoOf(m.Payload), Text: ackText(m)})
				return
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// captured reads the next message into buf, which grows as needed.
func captured(r io.Reader, buf []byte) ([]byte, error) {
	if cap(buf) < headerLen {
		buf = make([]byte, 4<<10)
	}
	buf = buf[:headerLen]
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, atEnd(err)
	}
	n := int(binary.NativeEndian.Uint32(buf))
	if n < headerLen || n > maxCaptured {
		return nil, fmt.Errorf("message of %d bytes: %w", n, ErrMalformed)
	}
	if n = align(n); cap(buf) < n {
		buf = append(make([]byte, 0, n), buf...)
	}
	buf = buf[:n]
	_, err := io.ReadFull(r, buf[headerLen:])
	return buf, atEnd(err)
}

// atEnd turns the end of the file into ErrUnexpectedEnd.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrUnexpectedEnd
	}
	return err
}
