package diag

import (
	"net/netip"
	"time"
)

// A Socket is one kernel socket as sock_diag reports it. One from [Conn.Sockets] is
// overwritten by the next iteration. Its fields are plain values; what the methods return are views
// into the receive buffer. Use [Socket.Clone] to keep all of it.
type Socket struct {
	Family   uint8  // unix.AF_INET, AF_INET6, AF_UNIX, ...
	Type     uint8  // unix.SOCK_STREAM, ...; 0 where the kernel does not say
	Protocol uint16 // unix.IPPROTO_TCP, ..., IPPROTO_MPTCP (262); NETLINK_* or ETH_P_* of those families
	Source   Source
	State    State
	Timer    Timer
	// Retrans is the number of retransmissions or, with a zero-window or keepalive timer, of probes.
	Retrans uint8
	// Expires is the time until Timer fires, 0 without one or if it is just firing.
	Expires time.Duration

	Local  netip.AddrPort // the zone is never set: see Iface. Raw sockets have their protocol as port
	Remote netip.AddrPort
	Iface  uint32 // interface that the socket is bound to (SO_BINDTODEVICE, scope id), 0 = any
	Cookie uint64 // identifies the socket until the next boot
	Inode  uint32 // of its descriptors; 0 for TIME_WAIT, SYN_RECV, orphans and connections not accepted yet
	UID    uint32 // its creator's, in the reader's user namespace; 0 where Inode is 0 on older kernels
	// RecvQ is what waits to be read: bytes for TCP, memory for UDP and raw sockets; the length of
	// the accept queue when listening.
	RecvQ uint32
	// SendQ is what waits to be acknowledged, in the same units; the accept queue's limit when listening.
	SendQ uint32

	Has Fields // which of the following the kernel sent. The others are zero, which says nothing

	Shutdown uint8  // bit 0: no more receiving, bit 1: no more sending (SHUTDOWN_MASK)
	TOS      uint8  // IP_TOS
	TClass   uint8  // IPV6_TCLASS
	V6Only   bool   // IPV6_V6ONLY; also set for a socket bound to a certain IPv6 address
	Mark     uint32 // SO_MARK
	ClassID  uint32 // of net_cls, else SO_PRIORITY
	Cgroup   uint64 // id of the version 2 cgroup: the inode of its directory
	SockOpt  SockOpt
	Mem      MemInfo
	SkMem    SkMem
	Cong     Cong // name of the TCP congestion control, "" if not known
	Vegas    Vegas
	DCTCP    DCTCP
	BBR      BBR
	TCP      TCPInfo
	Unix     Unix
	Packet   Packet
	Netlink  Netlink
	Vsock    Vsock
	Refs     uint32 // references that the kernel holds (HasRefs)
	Proc     Proc

	views   views
	message []byte // what it was decoded from
}

// views are the parts of variable length, still in the receive buffer.
type views struct {
	used                             bool
	md5, ulp, storage, locals, peers []byte
	name, icons, members, filter     []byte
	groups, info                     []byte
}

// all lists them for Clone.
func (v *views) all() [11]*[]byte {
	return [...]*[]byte{
		&v.md5, &v.ulp, &v.storage, &v.locals, &v.peers, &v.name, &v.icons, &v.members, &v.filter,
		&v.groups, &v.info,
	}
}

// Clone copies the socket and all that its methods view. It allocates once.
func (s *Socket) Clone() *Socket {
	c := *s
	n := len(c.message)
	for _, v := range c.views.all() {
		n += len(*v)
	}
	if n == 0 {
		return &c
	}
	b := make([]byte, 0, n)
	for _, v := range c.views.all() {
		if *v != nil {
			at := len(b)
			b = append(b, *v...)
			*v = b[at:len(b):len(b)]
		}
	}
	if c.message != nil {
		at := len(b)
		b = append(b, c.message...)
		c.message = b[at:]
	}
	return &c
}

// reset clears what the next answer may leave unset. Clearing all of a Socket costs more than
// decoding it, so the large parts are only cleared if the answer before had them.
func (s *Socket) reset() {
	if s.Has&HasTCPInfo != 0 {
		s.TCP = TCPInfo{}
	}
	if s.Has&(HasVegas|HasDCTCP|HasBBR) != 0 {
		s.Vegas, s.DCTCP, s.BBR = Vegas{}, DCTCP{}, BBR{}
	}
	if s.Has&(HasMemInfo|HasSkMem) != 0 {
		s.Mem, s.SkMem = MemInfo{}, SkMem{}
	}
	if s.Has&HasCong != 0 {
		s.Cong = Cong{}
	}
	if s.views.used {
		s.views = views{}
	}
	if s.Has&(HasVFS|HasPeer) != 0 {
		s.Unix = Unix{}
	}
	if s.Has&(HasPacket|HasRxRing|HasTxRing|HasFanout) != 0 {
		s.Packet = Packet{}
	}
	s.Has, s.message = 0, nil
	s.Shutdown, s.TOS, s.TClass, s.V6Only = 0, 0, 0, false
	s.Mark, s.ClassID, s.Cgroup, s.SockOpt = 0, 0, 0, 0
}

// A Timer says which of a socket's timers runs (idiag_timer).
type Timer uint8

// The timers of inet_diag.
const (
	TimerNone       Timer = iota
	TimerRetransmit       // retransmission, early loss probe, reordering
	TimerKeepalive
	TimerTimeWait
	TimerProbe  // zero-window probes
	TimerDelAck // since Linux 7.1
)

// SockOpt holds socket options (struct inet_diag_sockopt), bit n as the kernel numbers them.
type SockOpt uint16

// The bits of SockOpt.
const (
	SockOptRecvErr SockOpt = 1 << iota // IP_RECVERR
	SockOptIsICSK                      // a connection-oriented socket
	SockOptFreeBind
	SockOptHdrIncl
	SockOptMCLoop
	SockOptTransparent
	SockOptMCAll
	SockOptNoDefrag
	SockOptBindAddressNoPort
	SockOptRecvErrRFC4884
	SockOptDeferConnect
)

// MemInfo is a socket's memory in the short form (struct inet_diag_meminfo), in bytes.
type MemInfo struct {
	Rmem uint32 // queued for reading
	Wmem uint32 // queued for sending
	Fmem uint32 // allocated ahead
	Tmem uint32 // allocated for transmission
}

// SkMem is a socket's memory (SK_MEMINFO_*, include/uapi/linux/sock_diag.h), in bytes including
// overhead. Len tells how many of the values the kernel sent: 7 before Linux 3.6, 8 before 4.7.
type SkMem struct {
	RmemAlloc  uint32 // queued for reading
	Rcvbuf     uint32 // its limit, SO_RCVBUF
	WmemAlloc  uint32 // handed to the device
	Sndbuf     uint32 // SO_SNDBUF
	FwdAlloc   uint32 // allocated ahead
	WmemQueued uint32 // queued for sending
	Optmem     uint32 // options and filters
	Backlog    uint32 // waiting while a process works on the socket
	Drops      uint32 // packets dropped, a counter
	Len        uint8  // how many of the above are valid
}
