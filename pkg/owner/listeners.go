//go:build linux

package owner

import "net/netip"

// Listeners finds the listeners of connections that were not accepted yet. The zero value is ready.
type Listeners struct {
	inodes map[listener][]uint32
}

type listener struct {
	protocol uint8
	local    netip.AddrPort
}

// Add adds the local address of a listening socket.
func (l *Listeners) Add(protocol uint8, local netip.AddrPort, inode uint32) {
	if l.inodes == nil {
		l.inodes = make(map[listener][]uint32)
	}
	k := listener{protocol, local}
	l.inodes[k] = append(l.inodes[k], inode)
}

// Of returns the inodes of the listeners that a connection with this local address waits at: more than one
// if several share the address (SO_REUSEPORT), because the kernel does not report which. The slice is a
// view.
func (l *Listeners) Of(protocol uint8, local netip.AddrPort) []uint32 {
	if inodes := l.inodes[listener{protocol, local}]; len(inodes) > 0 {
		return inodes
	}
	anywhere := netip.IPv6Unspecified()
	if local.Addr().Is4() {
		anywhere = netip.IPv4Unspecified()
	}
	return l.inodes[listener{protocol, netip.AddrPortFrom(anywhere, local.Port())}]
}
