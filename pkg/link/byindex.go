//go:build linux

package link

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// A nameSocket requests the name of one interface at a time, by SIOCGIFNAME, in half a microsecond. There
// is no dump of names alone, and in a dump of links each takes ten microseconds and 1 KiB. The socket is an
// unbound one of AF_INET, which is not in dumps of sockets.
type nameSocket struct {
	fd  int // 0 = not open
	req *unix.Ifreq
}

// open opens the socket in the namespace of the descriptor ns, that of the calling thread if it is 0.
func (s *nameSocket) open(ns int) (err error) {
	if s.fd != 0 {
		return nil
	}
	if s.req, err = unix.NewIfreq("?"); err != nil {
		return err
	}
	return netns.Do(ns, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("socket", err)
		}
		s.fd = fd
		return nil
	})
}

// name returns the name of an interface, "" if there is none.
func (s *nameSocket) name(index uint32) (string, error) {
	s.req.SetUint32(index)
	err := unix.IoctlIfreq(s.fd, unix.SIOCGIFNAME, s.req)
	if errors.Is(err, unix.ENODEV) {
		return "", nil
	}
	if err != nil {
		return "", os.NewSyscallError("ioctl SIOCGIFNAME", err)
	}
	return s.req.Name(), nil
}

func (s *nameSocket) close() error {
	if s.fd == 0 {
		return nil
	}
	fd := s.fd
	s.fd = 0
	return unix.Close(fd)
}
