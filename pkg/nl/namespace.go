//go:build linux

package nl

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
)

// namespaceOf returns the inode of a namespace, 0 if it is unknown: that of the calling thread is read from
// /proc.
func namespaceOf(ns int) (uint64, error) {
	if ns == 0 {
		inode, err := netns.Own()
		if err != nil {
			return 0, nil //nolint:nilerr // only needed if the thread changes its namespace
		}
		return inode, nil
	}
	var st unix.Stat_t
	if err := unix.Fstat(ns, &st); err != nil {
		return 0, dialError(os.NewSyscallError("fstat", err))
	}
	return st.Ino, nil
}

// keepHome keeps a descriptor of the namespace for a Conn without a socket.
func (c *Conn) keepHome() error {
	if c.cfg.NetNS == 0 {
		return nil // the inode is enough to compare threads with
	}
	fd, err := unix.FcntlInt(uintptr(c.cfg.NetNS), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	c.home = fd
	return nil
}

// namespace returns a new descriptor of the Conn's namespace: SIOCGSKNS (Linux 4.10) on any socket returns
// it to callers with CAP_NET_ADMIN there, so no descriptor has to be kept open.
func (c *Conn) namespace() (fd int, err error) {
	if c.home != 0 {
		return unix.FcntlInt(uintptr(c.home), unix.F_DUPFD_CLOEXEC, 3)
	}
	shows := c.events
	if len(c.sockets) > 0 {
		shows = c.sockets[0]
	}
	if shows == nil {
		return 0, unix.ENOENT
	}
	ctl := shows.raw.Control(func(s uintptr) {
		fd, err = unix.IoctlRetInt(int(s), unix.SIOCGSKNS)
	})
	if ctl != nil {
		return 0, ctl
	}
	return fd, os.NewSyscallError("ioctl SIOCGSKNS", err)
}

// isHere reports whether the calling thread is in the Conn's namespace. Without /proc it returns false.
func (c *Conn) isHere() bool {
	own, err := netns.Own()
	return err == nil && c.netns != 0 && own == c.netns
}
