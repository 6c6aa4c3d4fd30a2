package nl

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
)

// Errors that a dump or a loop over events can end with besides an [Error]. Other packages export the same
// values under the same names.
var (
	// ErrTruncated says that a datagram did not fit the receive buffer: rows are missing.
	ErrTruncated = errors.New("netlink datagram truncated")
	// ErrInterrupted follows a complete dump during which the table changed (NLM_F_DUMP_INTR): every row was
	// yielded, some may be missing or repeated. sock_diag never reports it.
	ErrInterrupted = errors.New("netlink dump interrupted by a change of the table")
	// ErrMalformed means that the kernel, or a recording, sent something that is not a netlink message.
	ErrMalformed = errors.New("malformed netlink message")
	// ErrUnexpectedEnd says that a recording or a capture stops before the end of the dump.
	ErrUnexpectedEnd = errors.New("recording ends within a dump")
	// ErrCut says that a recording has no end mark: it was copied in part, or its making was interrupted.
	// It is also an ErrUnexpectedEnd.
	ErrCut error = cutError{}
	// ErrDamaged says that a recording differs from what was written.
	ErrDamaged = errors.New("recording is damaged")
	// ErrNotRecorded means that a recording holds no reply to the request.
	ErrNotRecorded = errors.New("not in the recording")
	// ErrUnsupported is wrapped by every error that says that something is not available on this system: the
	// kernel lacks the module, the table or the request, or it is not Linux. It is errors.ErrUnsupported of
	// the standard library.
	ErrUnsupported = errors.ErrUnsupported
	// ErrNoGroup says that a Conn did not join a group that such events come from ([Config.Events]).
	ErrNoGroup = errors.New("no multicast group was joined")
	// ErrReplayEvents says that events were requested from a recording.
	ErrReplayEvents = errors.New("a recording holds no events")
)

// cutError is the type of ErrCut.
type cutError struct{}

func (cutError) Error() string { return "recording is cut off" }
func (cutError) Unwrap() error { return ErrUnexpectedEnd }

// cutAt returns an ErrCut with the length of what is there.
func cutAt(n int64) error {
	return fmt.Errorf("%w: it has no end mark, only the first %d bytes are there", ErrCut, n)
}

// An Error is a kernel's refusal of a request, or a failed system call on the netlink socket.
type Error struct {
	Op    string        // what was tried, such as "dump tcp sockets"
	Errno syscall.Errno // as the kernel replied
	Text  string        // its explanation by extended acknowledgement, often empty
}

// Error returns what was tried, the errno and the kernel's explanation, if any.
func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s: %s", e.Op, e.Errno.Error())
	}
	return fmt.Sprintf("%s: %s: %s", e.Op, e.Errno.Error(), e.Text)
}

// Unwrap returns the errno, so that errors.Is(err, unix.ENOENT) works.
func (e *Error) Unwrap() error { return e.Errno }

// A LostError says that the kernel dropped events because they were not read in time. It follows the events
// that came before the dropped ones, and more events may follow. A caller that keeps a table must dump it
// again. It wraps unix.ENOBUFS.
type LostError struct {
	Op string
	// Count is the number of events dropped since the previous LostError, 0 = unknown (before Linux 4.12).
	Count uint64
}

func (e *LostError) Error() string {
	if e.Count == 0 {
		return e.Op + ": the kernel dropped events"
	}
	return fmt.Sprintf("%s: the kernel dropped %d events", e.Op, e.Count)
}

// Unwrap returns unix.ENOBUFS, the kernel's error.
func (*LostError) Unwrap() error { return syscall.ENOBUFS }

// CheckFamily returns an error that names an address family unless it is 0 or one of known: to others the
// kernel returns nothing, or something else, without an error.
func CheckFamily(op string, family uint8, known ...uint8) error {
	if family == 0 || slices.Contains(known, family) {
		return nil
	}
	return Unsupported(fmt.Errorf("%s: address family %d: %w", op, family, syscall.EAFNOSUPPORT))
}

// Unsupported returns an error with the text of err that wraps both err and [ErrUnsupported].
func Unsupported(err error) error { return unsupported{err} }

type unsupported struct{ error }

func (e unsupported) Unwrap() []error { return []error{e.error, ErrUnsupported} }
