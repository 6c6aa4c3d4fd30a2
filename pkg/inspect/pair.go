package inspect

import (
	"net/netip"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Pair is one end of a connection as its socket sees it. The other end has the same with the addresses
// exchanged.
type Pair struct {
	NetNS         uint64
	Protocol      uint16
	Local, Remote netip.AddrPort // IPv4 is not mapped to IPv6
	Iface         uint32         // of link-local addresses, which are ambiguous without; else 0
}

// PairOf returns the end that a row is.
func PairOf(r *Row) Pair { return pairOf(r.NetNS, r.Socket) }

func pairOf(netns uint64, s *diag.Socket) Pair {
	p := Pair{NetNS: netns, Protocol: s.Protocol, Local: unmapped(s.Local), Remote: unmapped(s.Remote)}
	if p.Local.Addr().IsLinkLocalUnicast() && p.Local.Addr().Is6() {
		p.Iface = s.Iface
	}
	return p
}

// Other returns the other end, if it is in the same namespace and on the same link.
func (p Pair) Other() Pair {
	p.Local, p.Remote = p.Remote, p.Local
	return p
}

func unmapped(ap netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
