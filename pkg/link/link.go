//go:build linux

package link

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Link is one network interface as RTM_NEWLINK reports it. The numbers are plain values; the methods
// return views into the message. It is overwritten by the next iteration: use [Link.Clone] to keep it.
//
// Numbers that the kernel did not send are 0 and lack their bit in Has.
type Link struct {
	Index uint32
	Type  uint16 // ARPHRD_*: 1 = Ethernet, 772 = loopback
	Flags uint32 // IFF_*
	Has   Fields

	MTU, MinMTU, MaxMTU      uint32
	Master                   uint32 // index of the bridge, bond, VRF, ... that the link is part of
	Lower                    uint32 // IFLA_LINK: the link below, or the other end of a veth pair
	LowerNetNS               int32  // id of the namespace that Lower is in, if HasLowerNetNS
	TxQueueLen               uint32 // packets
	Group                    uint32
	Promiscuity, AllMulti    uint32 // number of users of the mode
	TxQueues, RxQueues       uint32
	GSOMaxSegs, GSOMaxSize   uint32
	GROMaxSize               uint32
	TSOMaxSize, TSOMaxSegs   uint32
	OperState                OperState
	LinkMode                 uint8 // IF_LINK_MODE_*
	Carrier                  bool
	ProtoDown                bool
	CarrierChanges           uint32
	CarrierUps, CarrierDowns uint32
	Map                      Map
	XDP                      XDP
	Stats                    Stats

	// Change is the mask of flags that changed (ifi_change), in events.
	Change uint32
	// Deleted marks the event of a removed link (RTM_DELLINK).
	Deleted bool

	addr, broadcast, permanent []byte
	name, qdisc, alias         []byte
	kind, data                 []byte
	memberKind, memberData     []byte
	parent, parentBus          []byte
	portName, portID, switchID []byte
	props                      []byte
	raw                        []byte // the whole payload
}

// Fields are the numbers that the kernel sent: bit n is attribute IFLA_n.
type Fields uint64

// Bits of Link.Has.
const (
	HasMTU         Fields = 1 << unix.IFLA_MTU
	HasLower       Fields = 1 << unix.IFLA_LINK
	HasMaster      Fields = 1 << unix.IFLA_MASTER
	HasTxQueueLen  Fields = 1 << unix.IFLA_TXQLEN
	HasMap         Fields = 1 << unix.IFLA_MAP
	HasOperState   Fields = 1 << unix.IFLA_OPERSTATE
	HasLinkMode    Fields = 1 << unix.IFLA_LINKMODE
	HasStats       Fields = 1 << unix.IFLA_STATS64
	HasGroup       Fields = 1 << unix.IFLA_GROUP
	HasPromiscuity Fields = 1 << unix.IFLA_PROMISCUITY
	HasTxQueues    Fields = 1 << unix.IFLA_NUM_TX_QUEUES
	HasRxQueues    Fields = 1 << unix.IFLA_NUM_RX_QUEUES
	HasCarrier     Fields = 1 << unix.IFLA_CARRIER
	HasChanges     Fields = 1 << unix.IFLA_CARRIER_CHANGES
	HasLowerNetNS  Fields = 1 << unix.IFLA_LINK_NETNSID
	HasProtoDown   Fields = 1 << unix.IFLA_PROTO_DOWN
	HasGSOMaxSegs  Fields = 1 << unix.IFLA_GSO_MAX_SEGS
	HasGSOMaxSize  Fields = 1 << unix.IFLA_GSO_MAX_SIZE
	HasXDP         Fields = 1 << unix.IFLA_XDP
	HasUps         Fields = 1 << unix.IFLA_CARRIER_UP_COUNT
	HasDowns       Fields = 1 << unix.IFLA_CARRIER_DOWN_COUNT
	HasMinMTU      Fields = 1 << unix.IFLA_MIN_MTU
	HasMaxMTU      Fields = 1 << unix.IFLA_MAX_MTU
	HasGROMaxSize  Fields = 1 << unix.IFLA_GRO_MAX_SIZE
	HasTSOMaxSize  Fields = 1 << unix.IFLA_TSO_MAX_SIZE
	HasTSOMaxSegs  Fields = 1 << unix.IFLA_TSO_MAX_SEGS
	HasAllMulti    Fields = 1 << unix.IFLA_ALLMULTI // since Linux 6.0
)

// A Map has a device's memory and interrupt (struct rtnl_link_ifmap).
type Map struct {
	MemStart, MemEnd, Base uint64
	IRQ                    uint16
	DMA, Port              uint8
}

// XDP is the program attached to a link (IFLA_XDP).
type XDP struct {
	Mode uint8  // XDP_ATTACHED_*: 0 = none, 1 = driver, 2 = generic, 3 = offloaded, 4 = several
	Prog uint32 // id of the program
}

// Name returns the link's name, at most 15 bytes.
func (l *Link) Name() []byte { return l.name }

// Alias returns the administrator's description (IFLA_IFALIAS), nil if none.
func (l *Link) Alias() []byte { return l.alias }

// Qdisc returns the name of the root queueing discipline.
func (l *Link) Qdisc() []byte { return l.qdisc }

// Kind returns the kind of a software device, such as "veth" or "bridge"; nil for hardware and
// loopback.
func (l *Link) Kind() []byte { return l.kind }

// MemberKind returns the kind of the master that the link is part of, such as "bridge"; nil if none.
func (l *Link) MemberKind() []byte { return l.memberKind }

// Addr returns the link-layer address; see [AppendHW].
func (l *Link) Addr() []byte { return l.addr }

// Broadcast returns the link-layer broadcast address, of a tunnel the remote end.
func (l *Link) Broadcast() []byte { return l.broadcast }

// Permanent returns the permanent hardware address, since Linux 5.6; nil if it has none.
func (l *Link) Permanent() []byte { return l.permanent }

// Parent returns the name of the link's device on its bus, and the bus: "0000:00:03.0" and "pci". Since
// Linux 5.14.
func (l *Link) Parent() (name, bus []byte) { return l.parent, l.parentBus }

// Port returns the name of the port on a switch or card and the ids of port and switch, nil if none.
func (l *Link) Port() (name, id, switchID []byte) { return l.portName, l.portID, l.switchID }

// AltNames yields the alternative names, since Linux 5.5.
func (l *Link) AltNames() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		attrs := nl.Attrs(l.props)
		for {
			typ, val, ok := attrs.Next()
			if !ok || typ == unix.IFLA_ALT_IFNAME && !yield(nl.CString(val)) {
				return
			}
		}
	}
}

// Up reports whether the administrator set the link up (IFF_UP).
func (l *Link) Up() bool { return l.Flags&unix.IFF_UP != 0 }

// Clone returns a copy that shares nothing with l or the receive buffer.
func (l *Link) Clone() *Link {
	c := &Link{}
	_, _ = c.decode(bytes.Clone(l.raw)) // it was decoded before
	c.Deleted = l.Deleted
	return c
}

// decode fills l from the payload of RTM_NEWLINK, which it keeps views of. It returns the number of
// malformed attributes.
func (l *Link) decode(b []byte) (malformed int, err error) {
	*l = Link{raw: b}
	if len(b) < unix.SizeofIfInfomsg {
		return 0, fmt.Errorf("link message of %d bytes: %w", len(b), ErrMalformed)
	}
	l.Type = binary.NativeEndian.Uint16(b[2:])
	l.Index = binary.NativeEndian.Uint32(b[4:])
	l.Flags = binary.NativeEndian.Uint32(b[8:])
	l.Change = binary.NativeEndian.Uint32(b[12:])
	attrs := nl.Attrs(b[unix.SizeofIfInfomsg:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		if !l.attr(typ, val) {
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}
