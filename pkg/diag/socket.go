//go:build linux

package diag

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A Socket is one kernel socket as sock_diag reports it. One from [Conn.Sockets] is overwritten by the
// next iteration. Its fields are plain values; the methods decode the rest of the message, and return
// views into the receive buffer. Use [Socket.Clone] to keep it.
type Socket struct {
	Family   uint8  // unix.AF_INET, AF_INET6, AF_UNIX, ...
	Type     uint8  // unix.SOCK_STREAM, ...; 0 if the kernel does not report it
	Protocol uint16 // unix.IPPROTO_TCP, ..., IPPROTO_MPTCP (262); NETLINK_* or ETH_P_* of those families
	Source   Source
	State    State
	Timer    Timer
	// Retrans is the number of retransmissions or, with a zero-window or keepalive timer, of probes.
	Retrans uint8
	// Expires is the time until Timer fires, 0 without one or if it is just firing.
	Expires time.Duration

	Local  netip.AddrPort // the zone is never set: see Iface. The port of raw sockets is their protocol
	Remote netip.AddrPort
	Iface  uint32 // interface that the socket is bound to (SO_BINDTODEVICE, scope id), 0 = any
	Refs   uint32 // references that the kernel holds (HasRefs)
	Cookie uint64 // identifies the socket until the next boot
	Inode  uint32 // of its descriptors; 0 for TIME_WAIT, SYN_RECV, orphans and unaccepted connections
	UID    uint32 // its creator's, in the reader's user namespace; 0 where Inode is 0 on older kernels
	// RecvQ is the data to be read: bytes for TCP, memory for UDP and raw sockets; when listening, the
	// length of the accept queue.
	RecvQ uint32
	// SendQ is the data to be acknowledged, in the same units; when listening, the limit of the accept
	// queue.
	SendQ uint32

	Has Fields // which of the following the kernel sent. The others are zero and not valid

	Shutdown uint8  // bit 0: no more receiving, bit 1: no more sending (SHUTDOWN_MASK)
	TOS      uint8  // IP_TOS
	TClass   uint8  // IPV6_TCLASS
	V6Only   bool   // IPV6_V6ONLY; also set for a socket bound to a certain IPv6 address
	Mark     uint32 // SO_MARK
	ClassID  uint32 // of net_cls, else SO_PRIORITY
	SockOpt  SockOpt
	bare     bool   // message has attributes only
	Cgroup   uint64 // id of the version 2 cgroup: the inode of its directory
	SkMem    SkMem
	Cong     Cong // name of the TCP congestion control, "" if unknown
	TCP      TCPInfo
	Unix     Unix
	Netlink  Netlink
	Vsock    Vsock

	message  []byte    // what it was decoded from, or what methods read of it
	attached *attached // what comes from elsewhere, nil = nothing
}

// attached is data of a unix socket from other messages than its own. The creator owns the memory.
type attached struct {
	name  []byte // as UNIX_DIAG_NAME
	icons []byte // as UNIX_DIAG_ICONS
}

// Clone returns a copy of the socket and of all data that its methods return views of.
func (s *Socket) Clone() *Socket {
	c := *s
	c.message = bytes.Clone(s.message)
	if a := s.attached; a != nil {
		c.attached = &attached{name: bytes.Clone(a.name), icons: bytes.Clone(a.icons)}
	}
	return &c
}

// attrs returns the attributes of the message that s was decoded from.
func (s *Socket) attrs() nl.Attrs {
	if s.bare {
		return nl.Attrs(s.message)
	}
	f := s.family()
	if f == nil || len(s.message) < f.head {
		return nil
	}
	return nl.Attrs(s.message[f.head:])
}

// family returns the family whose message s was decoded from, nil if there is none.
func (s *Socket) family() *family {
	if s.Source == SourceProc || int(s.Family) >= len(families) {
		return nil
	}
	return families[s.Family]
}

// attr returns the value of an attribute, nil if there is none. Parts that few callers read stay in the
// message until then: a Socket is written for each row.
func (s *Socket) attr(typ uint16) []byte {
	attrs := s.attrs()
	for {
		t, val, more := attrs.Next()
		if !more || t == typ {
			return val
		}
	}
}

// reset clears the fields that the next reply may leave unset. Clearing all of a Socket takes longer
// than decoding it, so the large parts are only cleared if the previous reply had them.
func (s *Socket) reset() {
	if s.Has&HasTCPInfo != 0 {
		s.TCP = TCPInfo{}
	}
	if s.Has&HasSkMem != 0 {
		s.SkMem = SkMem{}
	}
	if s.Has&HasCong != 0 {
		s.Cong = Cong{}
	}
	if s.Has&(HasVFS|HasPeer) != 0 {
		s.Unix = Unix{}
	}
	s.Has, s.message, s.bare, s.attached = 0, nil, false, nil
	s.Shutdown, s.TOS, s.TClass, s.V6Only = 0, 0, 0, false
	s.Mark, s.ClassID, s.Cgroup, s.SockOpt = 0, 0, 0, 0
}

// A Timer is the running timer of a socket (idiag_timer).
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

var timerNames = [...]string{"none", "retransmit", "keepalive", "timewait", "probe", "delack"}

// String returns the timer's name, such as "keepalive".
func (t Timer) String() string {
	if int(t) < len(timerNames) {
		return timerNames[t]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (t Timer) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// SockOpt is a set of socket options (struct inet_diag_sockopt), in the kernel's order.
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

var sockOptNames = [...]string{
	"recverr", "icsk", "freebind", "hdrincl", "mc_loop", "transparent", "mc_all", "nodefrag",
	"bind_address_no_port", "recverr_rfc4884", "defer_connect",
}

// String returns the names of the options, joined by commas: "freebind,transparent".
func (o SockOpt) String() string { return enum.Flags(sockOptNames[:], o) }

// MarshalText returns what String does.
func (o SockOpt) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// MemInfo is a socket's memory in the short form (struct inet_diag_meminfo), in bytes.
type MemInfo struct {
	Rmem uint32 // queued for reading
	Wmem uint32 // queued for sending
	Fmem uint32 // allocated ahead
	Tmem uint32 // allocated for transmission
}

// SkMem is a socket's memory (SK_MEMINFO_*, include/uapi/linux/sock_diag.h), in bytes including
// overhead. Len is the number of values that the kernel sent: 7 before Linux 3.6, 8 before 4.7.
type SkMem struct {
	RmemAlloc  uint32 // queued for reading
	Rcvbuf     uint32 // its limit, SO_RCVBUF
	WmemAlloc  uint32 // passed to the device
	Sndbuf     uint32 // SO_SNDBUF
	FwdAlloc   uint32 // allocated ahead
	WmemQueued uint32 // queued for sending
	Optmem     uint32 // options and filters
	Backlog    uint32 // waiting while a process uses the socket
	Drops      uint32 // packets dropped, a counter
	Len        uint8  // how many of the above are valid
}
