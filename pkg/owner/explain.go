package owner

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// An Absence is why no process holds a socket.
type Absence uint8

// Why no process holds a socket.
const (
	// Held sockets have owners: there is nothing to explain.
	Held Absence = iota
	// TimeWait connections are over; what is left of them belongs to nobody.
	TimeWait
	// Orphan connections were closed by their process and are brought to an end by the kernel.
	Orphan
	// NotAccepted connections wait in the queue of a listener, or are not established yet. They will
	// belong to whoever accepts: see [Listeners].
	NotAccepted
	// InRing sockets are registered with an io_uring: see [Index.Registered].
	InRing
	// Unreadable sockets may have an owner among the processes that could not be read.
	Unreadable
	// OtherNamespace sockets may have an owner outside of the caller's pid namespace.
	OtherNamespace
	// InFlight Unix sockets wait to be received as a control message of another socket. It is what is
	// left when every process was seen.
	InFlight
	// Kernel sockets are used by the kernel itself (NFS, WireGuard, tunnels). It is what is left when
	// every process was seen; sockets that only a BPF map or a message in flight holds look the same.
	Kernel
)

var absences = [...]string{
	Held:           "",
	TimeWait:       "time-wait",
	Orphan:         "orphan",
	NotAccepted:    "not accepted",
	InRing:         "io_uring",
	Unreadable:     "not readable",
	OtherNamespace: "other pid namespace",
	InFlight:       "in flight",
	Kernel:         "kernel",
}

// String returns a short English name, "" for Held.
func (a Absence) String() string {
	if int(a) < len(absences) {
		return absences[a]
	}
	return "unknown"
}

// Evidence is what is known of a socket whose owners are sought.
type Evidence struct {
	Family     uint8 // AF_INET, AF_INET6, AF_UNIX, ...
	Protocol   uint8 // IPPROTO_TCP, ...; 0 for families without
	State      uint8 // as the kernel numbers them: TCP_ESTABLISHED is 1
	Inode      uint32
	Owners     int   // how many descriptors lead to it
	Registered int   // how many io_urings have it
	Stats      Stats // of the scan
}

// Explain gathers what the scan knows of a socket, whose family, protocol, state and inode are given, and
// says why it has no owner.
func (x *Index) Explain(e Evidence) Absence {
	e.Owners, e.Registered, e.Stats = len(x.Owners(e.Inode)), len(x.Registered(e.Inode)), x.stats
	return e.Explain()
}

// TCP states, from include/net/tcp_states.h.
const (
	tcpEstablished = 1
	tcpSynRecv     = 3
	tcpTimeWait    = 6
	tcpCloseWait   = 8
	tcpNewSynRecv  = 12
)

// Explain says why a socket has no owner. It knows nothing but the evidence.
func (e *Evidence) Explain() Absence {
	switch {
	case e.Owners > 0:
		return Held
	case e.Inode == 0:
		return e.withoutInode()
	case e.Registered > 0:
		return InRing
	case e.Stats.Denied > 0, e.Stats.Unresolved > 0, e.Stats.HidePID:
		return Unreadable
	case e.Stats.Nested:
		return OtherNamespace
	case e.Family == unix.AF_UNIX:
		return InFlight
	default:
		return Kernel
	}
}

// withoutInode explains sockets that have no file: never yet, or no more.
func (e *Evidence) withoutInode() Absence {
	if e.Family == unix.AF_UNIX {
		return NotAccepted
	}
	switch e.State {
	case tcpTimeWait:
		return TimeWait
	case tcpEstablished, tcpSynRecv, tcpCloseWait, tcpNewSynRecv:
		// A process that closes a connection takes it out of these states.
		return NotAccepted
	default:
		return Orphan
	}
}

// Listeners finds who will get a connection that nobody accepted yet. The zero value is ready.
type Listeners struct {
	inodes map[listener][]uint32
}

type listener struct {
	protocol uint8
	local    netip.AddrPort
}

// Add notes the local address of a listening socket.
func (l *Listeners) Add(protocol uint8, local netip.AddrPort, inode uint32) {
	if l.inodes == nil {
		l.inodes = make(map[listener][]uint32)
	}
	k := listener{protocol, local}
	l.inodes[k] = append(l.inodes[k], inode)
}

// Of returns the inodes of the listeners that a connection with this local address waits at: more than one
// if several share the address (SO_REUSEPORT), since the kernel does not tell which. The slice is a view.
func (l *Listeners) Of(protocol uint8, local netip.AddrPort) []uint32 {
	if inodes := l.inodes[listener{protocol, local}]; len(inodes) > 0 {
		return inodes
	}
	anywhere := netip.IPv6Unspecified()
	if local.Addr().Is4() {
		anywhere = netip.IPv4Unspecified()
	}
	return l.inodes[listener{protocol, netip.AddrPortFrom(anywhere, local.Port())}]
}
