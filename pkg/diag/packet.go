//go:build linux

package diag

import (
	"errors"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// packetLayout is struct packet_diag_req (include/uapi/linux/packet_diag.h).
var packetLayout = layout{
	len: 20, ino: 4, show: 8, cookie: 12,
	shows: []showBit{
		{HasPacket | HasUID, 1},    // PACKET_SHOW_INFO
		{HasMembers, 2},            // PACKET_SHOW_MCLIST
		{HasRxRing | HasTxRing, 4}, // PACKET_SHOW_RING_CFG
		{HasFanout, 8},             // PACKET_SHOW_FANOUT
		{HasSkMem | HasQueues, 16}, // PACKET_SHOW_MEMINFO
		{HasFilter, 32},            // PACKET_SHOW_FILTER
	},
}

var packetFamily = family{
	head: packetMsgLen, request: packetLayout.append, decode: decodePacket, answers: packetLayout.answers,
	stateless: true,
}

const (
	packetMsgLen  = 16 // struct packet_diag_msg
	packetInfoLen = 24 // struct packet_diag_info
	packetRingLen = 28 // struct packet_diag_ring
	packetMember  = 44 // struct packet_diag_mclist
)

// Attributes of a reply, PACKET_DIAG_*. They begin at 0.
const (
	packetInfo    = 0
	packetMCList  = 1
	packetRxRing  = 2
	packetTxRing  = 3
	packetFanout  = 4
	packetUID     = 5
	packetMemInfo = 6
	packetFilter  = 7
)

var errShortPacket = errors.New("reply shorter than struct packet_diag_msg")

// decodePacket decodes struct packet_diag_msg and its attributes.
func decodePacket(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	if len(b) < packetMsgLen {
		return 0, errShortPacket
	}
	s.message = b
	s.Family, s.Type, s.State = unix.AF_PACKET, b[1], StateClose
	s.Protocol = u16(b[2:])
	s.Inode = u32(b[4:])
	s.Cookie = cookie(b[8:])
	s.UID, s.RecvQ, s.SendQ, s.Iface = 0, 0, 0, 0
	return s.walk(b[packetMsgLen:], (*Socket).packetAttr), nil
}

func (s *Socket) packetAttr(typ uint16, val []byte) (has Fields, ok bool) {
	switch typ {
	case packetInfo:
		if len(val) < packetInfoLen {
			return 0, false
		}
		s.Iface = u32(val)
		return HasPacket, true
	case packetMCList:
		return have(HasMembers, len(val)%packetMember == 0)
	case packetRxRing:
		return have(HasRxRing, len(val) >= packetRingLen)
	case packetTxRing:
		return have(HasTxRing, len(val) >= packetRingLen)
	case packetFanout:
		return have(HasFanout, len(val) == 4)
	case packetUID:
		s.UID, ok = nl.Uint32(val)
		return have(HasUID, ok)
	case packetMemInfo:
		return s.memQueues(val)
	case packetFilter:
		return have(HasFilter, len(val)%8 == 0)
	}
	return 0, true
}

// Packet decodes the fields of an AF_PACKET socket.
func (s *Socket) Packet() (p Packet) {
	if s.Family != unix.AF_PACKET {
		return p
	}
	attrs := s.attrs()
	for {
		typ, val, more := attrs.Next()
		if !more {
			return p
		}
		switch {
		case typ == packetInfo && len(val) >= packetInfoLen:
			p.info(val)
		case typ == packetRxRing && len(val) >= packetRingLen:
			p.Rx.decode(val)
		case typ == packetTxRing && len(val) >= packetRingLen:
			p.Tx.decode(val)
		case typ == packetFanout:
			p.Fanout, _ = nl.Uint32(val) // 0 without HasFanout
		}
	}
}

// info decodes struct packet_diag_info after the interface.
func (p *Packet) info(b []byte) {
	p.Version = u32(b[4:])
	p.Reserve = u32(b[8:])
	p.CopyThreshold = u32(b[12:])
	p.Timestamp = u32(b[16:])
	p.Flags = PacketFlags(u32(b[20:]))
}

func (r *PacketRing) decode(b []byte) {
	r.BlockSize = u32(b)
	r.BlockCount = u32(b[4:])
	r.FrameSize = u32(b[8:])
	r.FrameCount = u32(b[12:])
	r.RetireTimeout = Milliseconds(u32(b[16:]))
	r.PrivateSize = u32(b[20:])
	r.Features = u32(b[24:])
}

// Members yields the memberships of a packet socket (HasMembers).
func (s *Socket) Members() iter.Seq[PacketMember] {
	return func(yield func(PacketMember) bool) {
		if s.Has&HasMembers == 0 {
			return
		}
		for b := s.attr(packetMCList); len(b) >= packetMember; b = b[packetMember:] {
			n := min(int(u16(b[10:])), packetMember-12)
			m := PacketMember{
				Iface: u32(b),
				Count: u32(b[4:]),
				Type:  u16(b[8:]),
				Addr:  b[12 : 12+n : 12+n],
			}
			if !yield(m) {
				return
			}
		}
	}
}

// Filter yields the classic BPF program that filters a packet socket (HasFilter), since Linux 3.11.
// The kernel sends an empty one to readers without CAP_NET_ADMIN.
func (s *Socket) Filter() iter.Seq[unix.SockFilter] {
	return func(yield func(unix.SockFilter) bool) {
		for b := s.filter(); len(b) >= 8; b = b[8:] {
			f := unix.SockFilter{
				Code: u16(b), Jt: b[2], Jf: b[3], K: u32(b[4:]),
			}
			if !yield(f) {
				return
			}
		}
	}
}

// FilterLen returns the number of instructions that Filter yields.
func (s *Socket) FilterLen() int { return len(s.filter()) / 8 }

func (s *Socket) filter() []byte {
	if s.Has&HasFilter == 0 {
		return nil
	}
	return s.attr(packetFilter)
}
