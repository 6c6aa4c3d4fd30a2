//go:build linux

package route

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Neighbor is an entry for another host on a link (RTM_NEWNEIGH): of the ARP or neighbor discovery
// table, a proxied address, or a bridge's or tunnel's forwarding entry. It is overwritten by the next
// iteration: use [Neighbor.Clone] to keep it.
type Neighbor struct {
	Family   uint8 // AF_INET, AF_INET6, AF_BRIDGE
	Type     Type  // Unicast, Multicast, ...
	Flags    uint8 // NTF_*: 8 = proxy, 0x80 = router, ...
	FlagsExt uint32
	State    NeighborState
	Iface    uint32
	Addr     netip.Addr // invalid in forwarding entries of a bridge
	Has      NeighborFields

	Probes   uint32 // sent without a reply
	VLAN     uint16
	Port     uint16 // UDP, of a tunnel
	VNI      uint32 // of a tunnel
	SrcVNI   uint32
	OutIface uint32 // NDA_IFINDEX: link that a tunnel's packets leave by
	Master   uint32
	Nexthop  uint32 // nexthop object, since Linux 5.8
	Protocol Protocol

	Confirmed, Used, Updated time.Duration // ago, if NeighborHasCache
	References               uint32

	// Deleted marks the event of a removed neighbor (RTM_DELNEIGH).
	Deleted bool

	hw  []byte
	raw []byte
}

// NeighborFields are the attributes that the kernel sent: bit n is attribute NDA_n.
type NeighborFields uint32

// Bits of Neighbor.Has.
const (
	NeighborHasAddr   NeighborFields = 1 << unix.NDA_DST
	NeighborHasHW     NeighborFields = 1 << unix.NDA_LLADDR
	NeighborHasCache  NeighborFields = 1 << unix.NDA_CACHEINFO
	NeighborHasProbes NeighborFields = 1 << unix.NDA_PROBES
	NeighborHasVLAN   NeighborFields = 1 << unix.NDA_VLAN
	NeighborHasVNI    NeighborFields = 1 << unix.NDA_VNI
)

// NeighborState is a set of the states of a neighbor (NUD_*), of which an entry has one.
type NeighborState uint16

// The states.
const (
	NeighborStateIncomplete NeighborState = 1 << iota // requested, no reply yet
	NeighborStateReachable
	NeighborStateStale // not confirmed recently
	NeighborStateDelay
	NeighborStateProbe
	NeighborStateFailed
	NeighborStateNoARP
	NeighborStatePermanent
)

var neighborStates = [...]string{
	"INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT",
}

// String returns the name in ip-neigh(8), several joined by commas: "REACHABLE".
func (s NeighborState) String() string {
	if s == 0 {
		return "NONE"
	}
	var b []byte
	for i, name := range neighborStates {
		if s&(1<<i) == 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(b, name...)
		s &^= 1 << i
	}
	if s != 0 {
		b = strconv.AppendUint(append(b, "+0x"...), uint64(s), 16)
	}
	return string(b)
}

// MarshalText returns what String does.
func (s NeighborState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// HW returns the link-layer address; of a tunnel it is an IP address. nil if unknown.
func (n *Neighbor) HW() []byte { return n.hw }

// Router reports whether the neighbor has announced itself as a router.
func (n *Neighbor) Router() bool { return n.Flags&unix.NTF_ROUTER != 0 }

// Proxy reports whether this host replies for the address.
func (n *Neighbor) Proxy() bool { return n.Flags&unix.NTF_PROXY != 0 }

// Clone returns a copy that shares nothing with n or the receive buffer.
func (n *Neighbor) Clone() *Neighbor {
	c := &Neighbor{}
	_, _ = c.decode(bytes.Clone(n.raw)) // it was decoded before
	c.Deleted = n.Deleted
	return c
}

// A NeighborQuery selects neighbors. The zero value selects those of IPv4 and IPv6 on all links, in all
// states.
type NeighborQuery struct {
	Family uint8         // AF_INET, AF_INET6 or AF_BRIDGE, which means forwarding entries; 0 = both IP
	Iface  uint32        // on this link only; 0 = all
	Master uint32        // on links that are part of this one; 0 = all
	States NeighborState // in one of these states; 0 = all
	Proxy  bool          // instead, the addresses that this host replies for
}

// Neighbors lists the neighbors that q selects, in the kernel's order. The Neighbor is overwritten by the
// next iteration. A nil q is the zero query. Errors are those of [Conn.Routes].
func (c *Conn) Neighbors(ctx context.Context, q *NeighborQuery) iter.Seq2[*Neighbor, error] {
	if q == nil {
		q = &NeighborQuery{}
	}
	return func(yield func(*Neighbor, error) bool) {
		req := q.append(nil)
		op := "dump neighbors"
		if q.Family == unix.AF_BRIDGE {
			op = "dump forwarding entries"
		}
		t := table[Neighbor]{
			conn: c, answer: unix.RTM_NEWNEIGH,
			req:    nl.Request{Op: op, Type: unix.RTM_GETNEIGH, Payload: req},
			decode: (*Neighbor).decode, besides: []uint8{unix.AF_BRIDGE},
		}
		t.selects = q.selects
		t.always = q.States != 0 || q.Family == 0
		t.all(ctx, yield)
	}
}

// append encodes the request: struct ndmsg and the kernel's filters.
func (q *NeighborQuery) append(dst []byte) []byte {
	var h [unix.SizeofNdMsg]byte
	h[0] = q.Family
	if q.Proxy {
		h[10] = unix.NTF_PROXY
	}
	dst = append(dst, h[:]...)
	if q.Iface != 0 {
		dst = nl.AppendAttrUint32(dst, unix.NDA_IFINDEX, q.Iface)
	}
	if q.Master != 0 {
		dst = nl.AppendAttrUint32(dst, unix.NDA_MASTER, q.Master)
	}
	return dst
}

// selects checks what the kernel does not filter: states, and on older kernels links.
func (q *NeighborQuery) selects(n *Neighbor) bool {
	family := q.Family == n.Family || q.Family == 0 && isIP(n.Family)
	return family && q.Proxy == n.Proxy() &&
		(q.Iface == 0 || q.Iface == n.Iface) && (q.States == 0 || q.States&n.State != 0)
}

// decode fills n from the payload of RTM_NEWNEIGH, which it keeps views of.
func (n *Neighbor) decode(b []byte) (malformed int, err error) {
	*n = Neighbor{raw: b}
	if len(b) < unix.SizeofNdMsg {
		return 0, fmt.Errorf("neighbor message of %d bytes: %w", len(b), ErrMalformed)
	}
	n.Family = b[0]
	n.Iface = binary.NativeEndian.Uint32(b[4:])
	n.State = NeighborState(binary.NativeEndian.Uint16(b[8:]))
	n.Flags, n.Type = b[10], Type(b[11])
	attrs := nl.Attrs(b[unix.SizeofNdMsg:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		if !n.attr(typ, val) {
			malformed++
		} else if typ < 32 {
			n.Has |= 1 << typ
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}

// word returns the field of an attribute with a 32-bit number, nil for all others.
func (n *Neighbor) word(typ uint16) *uint32 {
	switch typ {
	case unix.NDA_PROBES:
		return &n.Probes
	case unix.NDA_VNI:
		return &n.VNI
	case unix.NDA_SRC_VNI:
		return &n.SrcVNI
	case unix.NDA_IFINDEX:
		return &n.OutIface
	case unix.NDA_MASTER:
		return &n.Master
	case ndaNexthopID:
		return &n.Nexthop
	case ndaFlagsExt:
		return &n.FlagsExt
	default:
		return nil
	}
}

// attr decodes one attribute. It returns false if it is malformed.
func (n *Neighbor) attr(typ uint16, val []byte) (ok bool) {
	if w := n.word(typ); w != nil {
		*w, ok = nl.Uint32(val)
		return ok
	}
	switch typ {
	case unix.NDA_DST:
		n.Addr, ok = netip.AddrFromSlice(val)
	case unix.NDA_LLADDR:
		n.hw, ok = val, true
	case unix.NDA_VLAN:
		n.VLAN, ok = nl.Uint16(val)
	case unix.NDA_PORT:
		if ok = len(val) == 2; ok {
			n.Port = binary.BigEndian.Uint16(val)
		}
	case ndaProtocol:
		var v uint8
		v, ok = nl.Uint8(val)
		n.Protocol = Protocol(v)
	case unix.NDA_CACHEINFO:
		if ok = len(val) >= 16; ok { // struct nda_cacheinfo
			n.Confirmed = ticks(binary.NativeEndian.Uint32(val[0:]))
			n.Used = ticks(binary.NativeEndian.Uint32(val[4:]))
			n.Updated = ticks(binary.NativeEndian.Uint32(val[8:]))
			n.References = binary.NativeEndian.Uint32(val[12:])
		}
	default:
		return true
	}
	return ok
}

const (
	ndaProtocol  = 12 // NDA_PROTOCOL, since Linux 5.2
	ndaNexthopID = 13 // NDA_NH_ID
	ndaFlagsExt  = 15 // NDA_FLAGS_EXT
)
