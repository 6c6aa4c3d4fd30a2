//go:build linux

package nl

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// bufferLen is the size of a receive buffer. The kernel caps the datagrams of a dump at 32 KiB
// (netlink_recvmsg, since Linux 4.19), so one that fills 64 KiB was truncated.
const bufferLen = 64 << 10

// buffers are those of sockets that do not read: programs may have thousands of them, in a namespace each.
var buffers = sync.Pool{New: func() any { return new([bufferLen]byte) }}

// socketSource reads datagrams from the kernel into one reused buffer.
type socketSource struct {
	raw  syscall.RawConn
	fill func(fd uintptr) bool // s.recv, bound once: binding it per read would allocate
	size int                   // of the buffer
	buf  []byte                // nil = none: it does not read
	lent *[bufferLen]byte      // the buffer, if it is one of buffers
	n    int
	err  error
	// drained makes the next read that would wait fail with EAGAIN instead, once.
	drained bool
}

func (s *socketSource) bind(raw syscall.RawConn, n int) {
	s.raw, s.fill, s.size = raw, s.recv, n
}

// borrow gives the source a buffer, if it has none.
func (s *socketSource) borrow() {
	switch {
	case s.buf != nil:
	case s.size == bufferLen:
		s.lent = buffers.Get().(*[bufferLen]byte) //nolint:errcheck,forcetypeassert // nothing else is put in
		s.buf = s.lent[:]
	default:
		s.buf = make([]byte, s.size)
	}
}

// rest gives the buffer back. The last datagram is no longer valid.
func (s *socketSource) rest() {
	if s.lent != nil {
		buffers.Put(s.lent)
	}
	s.lent, s.buf = nil, nil
}

func (s *socketSource) recv(fd uintptr) bool {
	s.borrow()
	for {
		s.n, s.err = read(fd, s.buf)
		switch {
		case s.err == unix.EINTR:
		case s.err == unix.EAGAIN && s.drained:
			s.drained = false
			return true
		case s.err == unix.EAGAIN:
			if s.lent != nil {
				s.rest()
			}
			return false // wait in the runtime's poller
		default:
			return true
		}
	}
}

func (s *socketSource) datagram() ([]byte, error) { return s.read(nil) }

// read reads the next datagram into buf, or into a buffer of the source if it is nil.
func (s *socketSource) read(buf []byte) ([]byte, error) {
	if buf != nil {
		s.rest()
		s.buf = buf
	}
	if err := s.raw.Read(s.fill); err != nil {
		return nil, closedError(err) // or the deadline passed
	}
	if s.err != nil {
		return nil, os.NewSyscallError("read", s.err) // ENOBUFS included
	}
	if s.n == len(s.buf) {
		return nil, ErrTruncated
	}
	return s.buf[:s.n], nil
}

// closedError returns net.ErrClosed for the use of a closed socket, because the runtime's own error is
// not exported. A deadline is the only other error of waiting.
func closedError(err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return net.ErrClosed
}
