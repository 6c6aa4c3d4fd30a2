//go:build linux

package route

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Route is one route as RTM_NEWROUTE reports it. The fields are plain values; the methods return views
// into the message. It is overwritten by the next iteration: use [Route.Clone] to keep it.
//
// Fields that the kernel did not send are zero and lack their bit in Has.
type Route struct {
	Family   uint8 // AF_INET, AF_INET6, ...
	Type     Type
	Protocol Protocol
	Scope    Scope
	TOS      uint8
	Table    Table
	Flags    uint32 // RTM_F_* and RTNH_F_*
	Has      Fields

	Dst     netip.Prefix // 0.0.0.0/0 or ::/0 for the default route
	Src     netip.Prefix // source of matching packets (IPv6); invalid if any
	PrefSrc netip.Addr   // preferred source address; invalid if none

	// Gateway and Iface are the next hop of a route that has one; see Hops. The gateway of an IPv4
	// route may be an IPv6 address (RTA_VIA).
	Gateway netip.Addr
	Iface   uint32

	InIface   uint32 // of the packet, in results of Lookup
	Priority  uint32 // the metric
	Realm     uint32 // RTA_FLOW: source realm << 16 | destination realm
	Mark      uint32
	UID       uint32
	NexthopID uint32 // nexthop object; see Nexthops
	Pref      Pref   // IPv6 router preference

	TTLPropagate uint8     // of MPLS: 0 = no, 1 = yes
	IPProto      uint8     // in results of Lookup
	Cache        CacheInfo // if HasCache

	Metrics Metrics

	// Deleted marks the event of a removed route (RTM_DELROUTE), Replaced that of a route that replaced
	// another.
	Deleted, Replaced bool

	multipath []byte // struct rtnexthop and attributes, of each hop
	encapType uint16
	encap     []byte
	raw       []byte // the whole payload
}

// Fields are the attributes that the kernel sent: bit n is attribute RTA_n.
type Fields uint64

// Bits of Route.Has.
const (
	HasDst          Fields = 1 << unix.RTA_DST
	HasSrc          Fields = 1 << unix.RTA_SRC
	HasInIface      Fields = 1 << unix.RTA_IIF
	HasIface        Fields = 1 << unix.RTA_OIF
	HasGateway      Fields = 1 << unix.RTA_GATEWAY
	HasPriority     Fields = 1 << unix.RTA_PRIORITY
	HasPrefSrc      Fields = 1 << unix.RTA_PREFSRC
	HasMetrics      Fields = 1 << unix.RTA_METRICS
	HasMultipath    Fields = 1 << unix.RTA_MULTIPATH
	HasRealm        Fields = 1 << unix.RTA_FLOW
	HasCache        Fields = 1 << unix.RTA_CACHEINFO
	HasTable        Fields = 1 << unix.RTA_TABLE
	HasMark         Fields = 1 << unix.RTA_MARK
	HasVia          Fields = 1 << unix.RTA_VIA
	HasPref         Fields = 1 << unix.RTA_PREF // since Linux 4.1
	HasEncap        Fields = 1 << unix.RTA_ENCAP
	HasUID          Fields = 1 << unix.RTA_UID // since Linux 4.10
	HasTTLPropagate Fields = 1 << unix.RTA_TTL_PROPAGATE
	HasIPProto      Fields = 1 << unix.RTA_IP_PROTO
	HasNexthopID    Fields = 1 << rtaNexthopID // since Linux 5.3
)

// CacheInfo is the kernel's cached data of a route (struct rta_cacheinfo).
type CacheInfo struct {
	References uint32 // always 0 in dumps
	Used       uint32
	Error      uint32        // errno that packets get; 0 = none
	LastUse    time.Duration // ago
	Expires    time.Duration // until the route expires; 0 = never
	ID, TS     uint32
	TSAge      uint32
}

// Cloned reports whether this is not a configured route, but a learned exception of one: a path MTU, a
// redirect.
func (r *Route) Cloned() bool { return r.Flags&unix.RTM_F_CLONED != 0 }

// Default reports whether the route is for every destination.
func (r *Route) Default() bool { return r.Dst.Bits() == 0 }

// Clone returns a copy that shares nothing with r or the receive buffer.
func (r *Route) Clone() *Route {
	c := &Route{}
	_, _ = c.decode(bytes.Clone(r.raw)) // it was decoded before
	c.Deleted, c.Replaced = r.Deleted, r.Replaced
	return c
}

// decode fills r from the payload of RTM_NEWROUTE, which it keeps views of. It returns the number of
// malformed attributes.
func (r *Route) decode(b []byte) (malformed int, err error) {
	*r = Route{raw: b}
	if len(b) < unix.SizeofRtMsg {
		return 0, fmt.Errorf("route message of %d bytes: %w", len(b), ErrMalformed)
	}
	r.Family, r.TOS = b[0], b[3]
	dstBits, srcBits := int(b[1]), int(b[2])
	r.Table = Table(b[4])
	r.Protocol, r.Scope, r.Type = Protocol(b[5]), Scope(b[6]), Type(b[7])
	r.Flags = binary.NativeEndian.Uint32(b[8:])
	var dst, src netip.Addr
	attrs := nl.Attrs(b[unix.SizeofRtMsg:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		var ok bool
		known := true
		switch typ {
		case unix.RTA_DST:
			dst, ok = netip.AddrFromSlice(val)
		case unix.RTA_SRC:
			src, ok = netip.AddrFromSlice(val)
		default:
			known, ok = r.attr(typ, val)
		}
		switch {
		case !ok:
			malformed++
		case known && typ < 64:
			r.Has |= 1 << typ
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	r.Dst = prefix(dst, dstBits, r.Family)
	if srcBits != 0 || src.IsValid() {
		r.Src = prefix(src, srcBits, r.Family)
	}
	return malformed, nil
}

// prefix returns a prefix of a length and an address, which messages leave out if it is zero.
func prefix(a netip.Addr, bits int, family uint8) netip.Prefix {
	if !a.IsValid() {
		switch family {
		case unix.AF_INET:
			a = netip.IPv4Unspecified()
		case unix.AF_INET6:
			a = netip.IPv6Unspecified()
		}
	}
	return netip.PrefixFrom(a, bits) // invalid if the length is too large
}

// attr decodes one attribute. known is false if it is ignored, ok is false if it is malformed.
func (r *Route) attr(typ uint16, val []byte) (known, ok bool) {
	if w := r.word(typ); w != nil {
		var v uint32
		if v, ok = nl.Uint32(val); ok {
			*w = v
		}
		return true, ok
	}
	switch typ {
	case unix.RTA_TABLE:
		var v uint32
		if v, ok = nl.Uint32(val); ok {
			r.Table = Table(v)
		}
	case unix.RTA_GATEWAY:
		r.Gateway, ok = netip.AddrFromSlice(val)
	case unix.RTA_VIA:
		r.Gateway, ok = via(val)
	case unix.RTA_PREFSRC:
		r.PrefSrc, ok = netip.AddrFromSlice(val)
	case unix.RTA_METRICS:
		ok = r.Metrics.decode(val)
	case unix.RTA_MULTIPATH:
		r.multipath, ok = val, true
	case unix.RTA_CACHEINFO:
		ok = r.Cache.decode(val)
	case unix.RTA_PREF:
		var v uint8
		v, ok = nl.Uint8(val)
		r.Pref = Pref(v)
	case unix.RTA_ENCAP_TYPE:
		r.encapType, ok = nl.Uint16(val)
	case unix.RTA_ENCAP:
		r.encap, ok = val, true
	case unix.RTA_TTL_PROPAGATE:
		r.TTLPropagate, ok = nl.Uint8(val)
	case unix.RTA_IP_PROTO:
		r.IPProto, ok = nl.Uint8(val)
	default:
		return false, true
	}
	return true, ok
}

// word returns the field of an attribute with a 32-bit number, nil for all others.
func (r *Route) word(typ uint16) *uint32 {
	switch typ {
	case unix.RTA_IIF:
		return &r.InIface
	case unix.RTA_OIF:
		return &r.Iface
	case unix.RTA_PRIORITY:
		return &r.Priority
	case unix.RTA_FLOW:
		return &r.Realm
	case unix.RTA_MARK:
		return &r.Mark
	case unix.RTA_UID:
		return &r.UID
	case rtaNexthopID:
		return &r.NexthopID
	default:
		return nil
	}
}

// via decodes struct rtvia: a family and an address of it.
func via(val []byte) (netip.Addr, bool) {
	if len(val) < 2 {
		return netip.Addr{}, false
	}
	switch binary.NativeEndian.Uint16(val) {
	case unix.AF_INET, unix.AF_INET6:
		return netip.AddrFromSlice(val[2:])
	default:
		return netip.Addr{}, true // a link-layer address, of MPLS
	}
}

const (
	rtaNexthopID = 30 // RTA_NH_ID
	cacheInfoLen = 32 // struct rta_cacheinfo
)

// userHZ is the number of ticks of /proc and netlink per second, on all machines that Go runs on.
const userHZ = 100

func ticks(n uint32) time.Duration { return time.Duration(n) * (time.Second / userHZ) }

func (c *CacheInfo) decode(val []byte) bool {
	if len(val) < cacheInfoLen {
		return false
	}
	word := func(i int) uint32 { return binary.NativeEndian.Uint32(val[4*i:]) }
	*c = CacheInfo{
		References: word(0), LastUse: ticks(word(1)), Expires: ticks(word(2)), Error: word(3),
		Used: word(4), ID: word(5), TS: word(6), TSAge: word(7),
	}
	if int32(word(2)) < 0 { // already expired
		c.Expires = -ticks(-word(2))
	}
	return true
}
