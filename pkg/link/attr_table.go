//go:build linux

package link

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// words are the attributes with one 32-bit number, and their fields.
var words = [...]func(l *Link) *uint32{
	unix.IFLA_MTU:                func(l *Link) *uint32 { return &l.MTU },
	unix.IFLA_LINK:               func(l *Link) *uint32 { return &l.Lower },
	unix.IFLA_MASTER:             func(l *Link) *uint32 { return &l.Master },
	unix.IFLA_TXQLEN:             func(l *Link) *uint32 { return &l.TxQueueLen },
	unix.IFLA_GROUP:              func(l *Link) *uint32 { return &l.Group },
	unix.IFLA_PROMISCUITY:        func(l *Link) *uint32 { return &l.Promiscuity },
	unix.IFLA_NUM_TX_QUEUES:      func(l *Link) *uint32 { return &l.TxQueues },
	unix.IFLA_NUM_RX_QUEUES:      func(l *Link) *uint32 { return &l.RxQueues },
	unix.IFLA_CARRIER_CHANGES:    func(l *Link) *uint32 { return &l.CarrierChanges },
	unix.IFLA_GSO_MAX_SEGS:       func(l *Link) *uint32 { return &l.GSOMaxSegs },
	unix.IFLA_GSO_MAX_SIZE:       func(l *Link) *uint32 { return &l.GSOMaxSize },
	unix.IFLA_CARRIER_UP_COUNT:   func(l *Link) *uint32 { return &l.CarrierUps },
	unix.IFLA_CARRIER_DOWN_COUNT: func(l *Link) *uint32 { return &l.CarrierDowns },
	unix.IFLA_MIN_MTU:            func(l *Link) *uint32 { return &l.MinMTU },
	unix.IFLA_MAX_MTU:            func(l *Link) *uint32 { return &l.MaxMTU },
	unix.IFLA_GRO_MAX_SIZE:       func(l *Link) *uint32 { return &l.GROMaxSize },
	unix.IFLA_TSO_MAX_SIZE:       func(l *Link) *uint32 { return &l.TSOMaxSize },
	unix.IFLA_TSO_MAX_SEGS:       func(l *Link) *uint32 { return &l.TSOMaxSegs },
	unix.IFLA_ALLMULTI:           func(l *Link) *uint32 { return &l.AllMulti },
}

// octets are the attributes with one byte.
var octets = [...]func(l *Link, v uint8){
	unix.IFLA_OPERSTATE:  func(l *Link, v uint8) { l.OperState = OperState(v) },
	unix.IFLA_LINKMODE:   func(l *Link, v uint8) { l.LinkMode = v },
	unix.IFLA_CARRIER:    func(l *Link, v uint8) { l.Carrier = v != 0 },
	unix.IFLA_PROTO_DOWN: func(l *Link, v uint8) { l.ProtoDown = v != 0 },
}

// views are the attributes that are stored as views.
var views = [...]func(l *Link) *[]byte{
	unix.IFLA_ADDRESS:        func(l *Link) *[]byte { return &l.addr },
	unix.IFLA_BROADCAST:      func(l *Link) *[]byte { return &l.broadcast },
	unix.IFLA_PHYS_PORT_ID:   func(l *Link) *[]byte { return &l.portID },
	unix.IFLA_PHYS_SWITCH_ID: func(l *Link) *[]byte { return &l.switchID },
	unix.IFLA_PROP_LIST:      func(l *Link) *[]byte { return &l.props },
	unix.IFLA_PERM_ADDRESS:   func(l *Link) *[]byte { return &l.permanent },
}

// texts are the attributes with a string.
var texts = [...]func(l *Link) *[]byte{
	unix.IFLA_IFNAME:              func(l *Link) *[]byte { return &l.name },
	unix.IFLA_QDISC:               func(l *Link) *[]byte { return &l.qdisc },
	unix.IFLA_IFALIAS:             func(l *Link) *[]byte { return &l.alias },
	unix.IFLA_PHYS_PORT_NAME:      func(l *Link) *[]byte { return &l.portName },
	unix.IFLA_PARENT_DEV_NAME:     func(l *Link) *[]byte { return &l.parent },
	unix.IFLA_PARENT_DEV_BUS_NAME: func(l *Link) *[]byte { return &l.parentBus },
}

// nests are the attributes with other formats.
var nests = [...]func(l *Link, val []byte) bool{
	unix.IFLA_MAP:          (*Link).setMap,
	unix.IFLA_LINKINFO:     (*Link).setInfo,
	unix.IFLA_STATS64:      func(l *Link, val []byte) bool { return l.Stats.decode(val) },
	unix.IFLA_LINK_NETNSID: (*Link).setLowerNetNS,
	unix.IFLA_XDP:          (*Link).setXDP,
}

// attr decodes one attribute. It returns false if it is known and malformed.
func (l *Link) attr(typ uint16, val []byte) bool {
	at := int(typ)
	ok := true
	switch {
	case at < len(words) && words[at] != nil:
		var v uint32
		if v, ok = nl.Uint32(val); ok {
			*words[at](l) = v
		}
	case at < len(octets) && octets[at] != nil:
		var v uint8
		if v, ok = nl.Uint8(val); ok {
			octets[at](l, v)
		}
	case at < len(texts) && texts[at] != nil:
		*texts[at](l) = nl.CString(val)
	case at < len(views) && views[at] != nil:
		*views[at](l) = val
	case at < len(nests) && nests[at] != nil:
		ok = nests[at](l, val)
	default:
		return true // unknown or not needed
	}
	if ok && at < 64 {
		l.Has |= 1 << at
	}
	return ok
}

func (l *Link) setMap(val []byte) bool {
	if len(val) < 28 { // struct rtnl_link_ifmap without padding
		return false
	}
	l.Map = Map{
		MemStart: binary.NativeEndian.Uint64(val[0:]),
		MemEnd:   binary.NativeEndian.Uint64(val[8:]),
		Base:     binary.NativeEndian.Uint64(val[16:]),
		IRQ:      binary.NativeEndian.Uint16(val[24:]),
		DMA:      val[26],
		Port:     val[27],
	}
	return true
}

func (l *Link) setLowerNetNS(val []byte) bool {
	v, ok := nl.Uint32(val)
	l.LowerNetNS = int32(v)
	return ok
}

func (l *Link) setXDP(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case unix.IFLA_XDP_ATTACHED:
			l.XDP.Mode, ok = nl.Uint8(val)
		case unix.IFLA_XDP_PROG_ID:
			l.XDP.Prog, ok = nl.Uint32(val)
		}
		if !ok {
			return false
		}
	}
}

func (l *Link) setInfo(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case unix.IFLA_INFO_KIND:
			l.kind = nl.CString(val)
		case unix.IFLA_INFO_DATA:
			l.data = val
		case unix.IFLA_INFO_SLAVE_KIND:
			l.memberKind = nl.CString(val)
		case unix.IFLA_INFO_SLAVE_DATA:
			l.memberData = val
		}
	}
}
