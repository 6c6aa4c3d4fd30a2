//go:build linux

package nl

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// A source delivers the datagrams of a reply, in order.
type source interface {
	// datagram returns the next one, valid until the following call.
	datagram() ([]byte, error)
}

// A stream reads the replies to one request.
type stream struct {
	op  string // for errors
	src source
	req Header
	// any takes every sequence number and port: a raw capture, or events.
	any bool
	// endless ignores NLMSG_DONE and NLMSG_ERROR: events have no end.
	endless bool
	// ended is set once NLMSG_DONE, NLMSG_ERROR or a failure was seen: nothing more is read.
	ended bool
	// answered is set at the end of the kernel's reply, but not by a failure to read it.
	answered bool
	multi    bool // false: one message without NLM_F_MULTI ends the stream
	intr     bool // some message carried NLM_F_DUMP_INTR
}

// All yields every reply in order; m.Payload is valid until the next one. At most one error is
// yielded, last. ErrInterrupted follows a complete dump. Messages of another sequence number or
// port, which are replies to an earlier request, are skipped.
//
// The stream ends only at NLMSG_DONE or NLMSG_ERROR: within a dump, SCTP associations have no
// NLM_F_MULTI. Only errors are allocated.
func (s *stream) All(yield func(Message, error) bool) {
	for !s.ended {
		d, err := s.src.datagram()
		if err != nil {
			s.ended = true
			yield(Message{}, s.failed(err))
			return
		}
		if !s.messages(d, yield) {
			return
		}
	}
}

// messages yields the messages of a datagram. It reports whether the loop goes on.
func (s *stream) messages(d []byte, yield func(Message, error) bool) bool {
	for len(d) > 0 {
		m, h, rest, ok := next(d)
		if !ok {
			s.ended = true
			yield(Message{}, s.failed(ErrMalformed))
			return false
		}
		d = rest
		if h != s.req && !s.any {
			continue
		}
		if m.Flags&unix.NLM_F_DUMP_INTR != 0 {
			s.intr = true
		}
		if m.Type < unix.NLMSG_MIN_TYPE {
			if s.control(m, yield) {
				continue
			}
			return false
		}
		s.ended = s.ended || !s.multi
		s.answered = s.answered || !s.multi
		if !yield(m, nil) || s.ended {
			return false
		}
	}
	return true
}

// control handles the messages that all families have; unknown ones are skipped. It reports whether
// the loop goes on.
func (s *stream) control(m Message, yield func(Message, error) bool) bool {
	switch m.Type {
	case unix.NLMSG_DONE, unix.NLMSG_ERROR:
		if s.endless {
			return true
		}
		s.ended, s.answered = true, true
		if err := s.end(m); err != nil {
			yield(Message{}, err)
		}
		return false
	case unix.NLMSG_OVERRUN:
		s.ended = true
		yield(Message{}, s.failed(unix.ENOBUFS))
		return false
	default:
		return true
	}
}

// end returns the error of the closing message, if any.
func (s *stream) end(m Message) error {
	if errno := errnoOf(m.Payload); errno != 0 {
		return &Error{Op: s.op, Errno: errno, Text: ackText(m)}
	}
	if s.intr {
		return &opError{op: s.op, err: ErrInterrupted}
	}
	return nil
}

// failed wraps an error of the source once, with what was tried.
func (s *stream) failed(err error) error {
	if sys, ok := errors.AsType[*os.SyscallError](err); ok {
		err = sys.Err
	}
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return &Error{Op: s.op, Errno: errno, Text: overrunText(errno)}
	}
	return &opError{op: s.op, err: err}
}

func overrunText(errno unix.Errno) string {
	if errno == unix.ENOBUFS {
		return "the kernel dropped messages"
	}
	return ""
}

// opError wraps a sentinel with what was tried.
type opError struct {
	op  string
	err error
}

func (e *opError) Error() string { return e.op + ": " + e.err.Error() }
func (e *opError) Unwrap() error { return e.err }
