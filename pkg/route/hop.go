//go:build linux

package route

import (
	"encoding/binary"
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A Hop is one next hop of a route.
type Hop struct { //nolint:recvcheck // MarshalJSON is for values, as Hops yields them
	Iface   uint32     // 0 = none, as for a blackhole
	Gateway netip.Addr // invalid if the destination is on the link
	Weight  uint32     // share among the hops of a route, from 1 on
	Flags   HopFlags
	Realm   uint32

	encapType uint16
	encap     []byte
}

// HopFlags are the flags of a hop (RTNH_F_*).
type HopFlags uint32

// The flags.
const (
	HopFlagDead       HopFlags = 1 << iota // not used: its link is down
	HopFlagPervasive                       // the gateway is looked up recursively
	HopFlagOnLink                          // the gateway is on the link
	HopFlagOffload                         // in hardware
	HopFlagLinkDown                        // its link has no carrier
	HopFlagUnresolved                      // of multicast routes
	HopFlagTrap                            // hardware leaves the packets to the kernel
)

var hopFlagNames = []string{"dead", "pervasive", "onlink", "offload", "linkdown", "unresolved", "trap"}

// String returns the words of ip-route(8), joined by commas: "onlink,linkdown".
func (f HopFlags) String() string { return enum.Flags(hopFlagNames, f) }

// MarshalText returns what String does.
func (f HopFlags) MarshalText() ([]byte, error) { return f.AppendText(nil) }

// AppendText appends what String returns.
func (f HopFlags) AppendText(dst []byte) ([]byte, error) {
	return enum.AppendFlags(dst, hopFlagNames, f), nil
}

// Dead reports whether the hop is not used because its link is down.
func (h *Hop) Dead() bool { return h.Flags&HopFlagDead != 0 }

// OnLink reports whether the gateway is on the link although no address of the link matches it.
func (h *Hop) OnLink() bool { return h.Flags&HopFlagOnLink != 0 }

// Hops yields the next hops of the route: one for most routes, several for a multipath route, one
// without Iface for a blackhole and the like. For a route with a nexthop object the kernel may send
// only the object (sysctl nexthop_compat_mode=0): then use [NexthopSet.Hops]. Nothing is allocated. The
// encapsulations are views into r.
func (r *Route) Hops() iter.Seq[Hop] {
	return func(yield func(Hop) bool) {
		if len(r.multipath) == 0 {
			yield(Hop{
				Iface: r.Iface, Gateway: r.Gateway, Weight: 1, Flags: HopFlags(r.Flags & hopFlags), Realm: r.Realm,
				encapType: r.encapType, encap: r.encap,
			})
			return
		}
		b := r.multipath
		for {
			var h Hop
			var ok bool
			if b, ok = h.decode(b); !ok || !yield(h) {
				return
			}
		}
	}
}

// hopFlags are the flags of a route that are those of its hop (RTNH_F_*).
const hopFlags = 0xff

// First returns the first hop, the one in /proc/net/route.
func (r *Route) First() (h Hop) {
	for h = range r.Hops() {
		break
	}
	return h
}

// Multipath reports whether the route has several hops.
func (r *Route) Multipath() bool { return len(r.multipath) > 0 }

// decode splits the first hop off the value of RTA_MULTIPATH: struct rtnexthop and attributes.
func (h *Hop) decode(b []byte) (rest []byte, ok bool) {
	if len(b) < unix.SizeofRtNexthop {
		return nil, false
	}
	n := int(binary.NativeEndian.Uint16(b))
	if n < unix.SizeofRtNexthop || n > len(b) {
		return nil, false
	}
	h.Flags, h.Weight = HopFlags(b[2]), uint32(b[3])+1
	h.Iface = binary.NativeEndian.Uint32(b[4:])
	attrs := nl.Attrs(b[unix.SizeofRtNexthop:n])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		switch typ {
		case unix.RTA_GATEWAY:
			h.Gateway, _ = netip.AddrFromSlice(val)
		case unix.RTA_VIA:
			h.Gateway, _ = via(val)
		case unix.RTA_FLOW:
			h.Realm, _ = nl.Uint32(val)
		case unix.RTA_ENCAP_TYPE:
			h.encapType, _ = nl.Uint16(val)
		case unix.RTA_ENCAP:
			h.encap = val
		}
	}
	return b[min((n+3)&^3, len(b)):], true
}

// uses reports whether a hop uses a link; true for a route with unknown hops.
func (r *Route) uses(iface uint32) bool {
	if r.NexthopID != 0 && r.Iface == 0 && len(r.multipath) == 0 {
		return true
	}
	for h := range r.Hops() {
		if h.Iface == iface {
			return true
		}
	}
	return false
}
