//go:build linux

package inspect

import "golang.org/x/sys/unix"

// ownSockets returns the inodes of the netlink sockets of this process: it sends its queries through them,
// and they are gone with the answer, so that every listing has others.
func ownSockets() map[uint32]bool {
	own := map[uint32]bool{}
	for fd := range maxOwnFD {
		domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		if err != nil || domain != unix.AF_NETLINK {
			continue
		}
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil {
			own[uint32(st.Ino)] = true
		}
	}
	return own
}

// maxOwnFD bounds the search: a session has a dozen descriptors. Each takes 0.1 µs.
const maxOwnFD = 256
