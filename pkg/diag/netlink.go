//go:build linux

package diag

import (
	"errors"
	"iter"
	"math/bits"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// Netlink holds the fields of AF_NETLINK sockets. Their [Socket.Protocol] is NETLINK_ROUTE and so on;
// queries list all of them; [Query.Protocol] is ignored. State is StateEstablished if the socket was
// connected, else StateClose. RecvQ and SendQ are memory (HasSkMem). The kernel sends sockets that are
// in multicast groups twice (__netlink_diag_dump); they are yielded once, see [Query.Repeats].
type Netlink struct {
	PortID    uint32 // its address: often, but not always, a process id; 0 for a socket of the kernel
	DstPortID uint32 // the address that it is connected to
	DstGroup  uint32 // and the group
	Flags     NetlinkFlags
}

// NetlinkFlags are options of a netlink socket (NDIAG_FLAG_*), since Linux 4.6.
type NetlinkFlags uint32

// The bits of NetlinkFlags.
const (
	NetlinkFlagDumping        NetlinkFlags = 1 << iota // NDIAG_FLAG_CB_RUNNING
	NetlinkFlagPktInfo                                 // NETLINK_PKTINFO
	NetlinkFlagBroadcastError                          // NETLINK_BROADCAST_ERROR
	NetlinkFlagNoENOBUFS                               // NETLINK_NO_ENOBUFS
	NetlinkFlagListenAllNSID                           // NETLINK_LISTEN_ALL_NSID
	NetlinkFlagCapAck                                  // NETLINK_CAP_ACK
)

var netlinkFlagNames = [...]string{
	"dumping", "pktinfo", "broadcast_error", "no_enobufs", "listen_all_nsid", "cap_ack",
}

// String returns the names of the bits, joined by commas: "pktinfo,cap_ack".
func (f NetlinkFlags) String() string { return enum.Flags(netlinkFlagNames[:], f) }

// MarshalText returns what String does.
func (f NetlinkFlags) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// netlinkLayout is struct netlink_diag_req (include/uapi/linux/netlink_diag.h).
var netlinkLayout = layout{
	len: 20, ino: 4, show: 8, cookie: 12, protocol: 0xff, /* NDIAG_PROTO_ALL */
	shows: []showBit{
		{HasSkMem | HasQueues, 1}, // NDIAG_SHOW_MEMINFO
		{HasGroups, 2},            // NDIAG_SHOW_GROUPS
		{HasFlags, 8},             // NDIAG_SHOW_FLAGS
	},
}

var netlinkFamily = family{
	head: netlinkMsgLen, request: netlinkLayout.append, decode: decodeNetlink, answers: netlinkLayout.answers,
	stateless: true, twice: true, viewed: 1 << netlinkGroups,
}

const netlinkMsgLen = 28 // struct netlink_diag_msg

// Attributes of a reply, NETLINK_DIAG_*. They begin at 0.
const (
	netlinkMemInfo = 0
	netlinkGroups  = 1
	netlinkFlags   = 4
)

var errShortNetlink = errors.New("reply shorter than struct netlink_diag_msg")

// decodeNetlink decodes struct netlink_diag_msg and its attributes.
func decodeNetlink(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	if len(b) < netlinkMsgLen {
		return 0, errShortNetlink
	}
	s.message = b
	s.Family, s.Type, s.Protocol = unix.AF_NETLINK, b[1], uint16(b[2])
	s.State = StateClose
	if b[3] == 1 { // NETLINK_CONNECTED
		s.State = StateEstablished
	}
	s.Netlink = Netlink{
		PortID:    u32(b[4:]),
		DstPortID: u32(b[8:]),
		DstGroup:  u32(b[12:]),
	}
	s.Inode = u32(b[16:])
	s.Cookie = cookie(b[20:])
	s.RecvQ, s.SendQ = 0, 0
	return s.walk(b[netlinkMsgLen:], (*Socket).netlinkAttr), nil
}

func (s *Socket) netlinkAttr(typ uint16, val []byte) (has Fields, ok bool) {
	switch typ {
	case netlinkMemInfo:
		return s.memQueues(val)
	case netlinkGroups:
		return HasGroups, true
	case netlinkFlags:
		v, ok := nl.Uint32(val)
		s.Netlink.Flags = NetlinkFlags(v)
		return have(HasFlags, ok)
	}
	return 0, true
}

// GroupMask returns the first 32 multicast groups that a netlink socket is a member of (HasGroups),
// bit n for group n+1.
func (s *Socket) GroupMask() uint32 {
	switch b := s.groups(); {
	case len(b) >= 8:
		return uint32(u64(b))
	case len(b) >= 4:
		return u32(b)
	default:
		return 0
	}
}

// Groups yields the numbers of all multicast groups that a netlink socket is a member of (HasGroups),
// such as RTNLGRP_LINK, in ascending order.
func (s *Socket) Groups() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		groups := s.groups()
		// The kernel sends an array of unsigned long, in which group 1 is bit 0.
		for i := 0; i < len(groups); i += 8 {
			var word [8]byte
			copy(word[:], groups[i:])
			for w := u64(word[:]); w != 0; w &= w - 1 {
				if !yield(uint32(i*8 + bits.TrailingZeros64(w) + 1)) {
					return
				}
			}
		}
	}
}

func (s *Socket) groups() []byte {
	if s.Has&HasGroups == 0 {
		return nil
	}
	return s.attr(netlinkGroups)
}
