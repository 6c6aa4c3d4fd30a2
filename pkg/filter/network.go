//go:build linux

package filter

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Network is fulfilled by inet sockets with an end in a network. An IPv4 address that is mapped to IPv6
// is an IPv4 address: it is in IPv4 networks and in no IPv6 network, not even ::/0.
type Network struct {
	Side   Side
	Prefix netip.Prefix
}

// Match implements [Expr].
func (e *Network) Match(r *Row) bool {
	addr := &r.Ends[e.Side].Addr
	switch r.Family {
	case unix.AF_INET:
		return e.Prefix.Contains(netip.AddrFrom4([4]byte(addr[:4])))
	case unix.AF_INET6:
		return e.Prefix.Contains(netip.AddrFrom16(*addr).Unmap())
	}
	return false
}

// String implements [Expr].
func (e *Network) String() string { return e.Side.word("src ", "dst ") + prefixText(e.Prefix) }

// allMapped are the IPv6 addresses that stand for IPv4 addresses.
var allMapped = netip.MustParsePrefix("::ffff:0.0.0.0/96")

// network translates a network.
func (a *approximation) network(e *Network) bound {
	h := Host{Side: e.Side, Port: AnyPort}
	switch v4 := e.Prefix.Addr().Is4(); {
	case !e.Prefix.IsValid():
		return sure(false)
	case v4 && a.family == unix.AF_INET && e.Prefix.Bits() == 0:
		return sure(true)
	case v4: // for IPv6 sockets the kernel compares mapped addresses
		return bound{code: h.code(e.Prefix), exact: true}
	case a.family == unix.AF_INET:
		return sure(false)
	case e.Prefix.Overlaps(allMapped):
		mapped := h.code(netip.PrefixFrom(netip.IPv4Unspecified(), 0))
		return bound{code: h.code(e.Prefix).And(mapped.Not()), exact: true}
	}
	return bound{code: h.code(e.Prefix), exact: true}
}
