//go:build linux

package nl

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// bufferLen is the size of a receive buffer. The kernel caps the datagrams of a dump at 32 KiB
// (netlink_recvmsg, since Linux 4.19), so one that fills 64 KiB was truncated.
const bufferLen = 64 << 10

// socketSource reads datagrams from the kernel into one reused buffer.
type socketSource struct {
	raw  syscall.RawConn
	fill func(fd uintptr) bool // s.recv, bound once: binding it per read would allocate
	buf  []byte
	n    int
	err  error
	// drained makes the next read that would wait fail with EAGAIN instead, once.
	drained bool
}

func (s *socketSource) bind(raw syscall.RawConn, n int) {
	s.raw, s.fill, s.buf = raw, s.recv, make([]byte, n)
}

func (s *socketSource) recv(fd uintptr) bool {
	for {
		s.n, s.err = read(fd, s.buf)
		switch {
		case s.err == unix.EINTR:
		case s.err == unix.EAGAIN && s.drained:
			s.drained = false
			return true
		default:
			return s.err != unix.EAGAIN // false: wait in the runtime's poller
		}
	}
}

func (s *socketSource) datagram() ([]byte, error) { return s.read(nil) }

// read reads the next datagram into buf, or into the source's own buffer if it is nil.
func (s *socketSource) read(buf []byte) ([]byte, error) {
	if buf != nil {
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
