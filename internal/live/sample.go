package live

import (
	"cmp"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Sample is the result of one dump. It does not change after it was made.
type Sample struct {
	At       time.Time
	Took     time.Duration // for the dump
	Every    time.Duration // until the next one, 0 = there is none
	States   [16]int       // TCP sockets by diag.State
	Conns    []Conn        // connections, and datagram sockets
	Listener []Listener
	Links    []Link // if they are shown
	Closed   Closed
	Head     Head
	Owners   []Owner // by the number that sockets have
	Spaces   []Space // likewise
	Filter   string  // that the rows match
	Missing  string  // why some owners are unknown, "" if all are known
	Err      error   // the dump was incomplete
	// Of is the socket of the open page, Page its lines, Series the values of its last samples.
	Of     inspect.Identity
	Page   []string
	Series series
}

// A Space is a network namespace.
type Space struct {
	Inode uint64
	Name  string // "" if only the caller's own is sampled
}

// An Owner is the first of the processes that hold a socket.
type Owner struct {
	PID       int32 // 0 = none is known
	Others    int
	Name      string // name/pid, or why there is none
	Unit      string
	Container string
}

// An Endpoint is an address without a zone: sockets have the index of their link.
type Endpoint struct {
	addr [16]byte
	port uint16
}

func endpointOf(a netip.AddrPort) Endpoint { return Endpoint{a.Addr().As16(), a.Port()} }

// A Conn is a socket that is not a listener. There may be hundreds of thousands: it is small.
type Conn struct {
	ID            connID
	sent, recv    uint64 // bytes in all
	Local, Remote Endpoint
	Send, Recv    float32 // bytes a second

	segs, retrans uint32 // segments in all

	owner, inode, iface uint32
	rtt                 uint32 // microseconds
	queued, drops       uint32
	// Segments sent and retransmitted, and packets dropped, since the previous sample.
	segments, resent, dropped uint32
	born                      uint32 // milliseconds since top began, of the first sample that has it
	protocol                  uint16
	space                     uint16
	family, kind              uint8
	state                     diag.State
	Rated                     bool // there is a previous sample, and so rates
	early                     bool // the first sample has it: its beginning is unknown
	TCP                       bool // there is tcp_info
	known                     bool // there is a cookie
	measured                  bool // there is socket memory, with drops
}

// A connID identifies a socket: by cookie, namespace, family and protocol, without a cookie by a hash of the
// addresses, too.
type connID [2]uint64

func idOf(h *inspect.Hasher, netns uint64, s *diag.Socket) connID {
	if s.Cookie == 0 {
		return connID(h.Of(netns, s))
	}
	return connID{s.Cookie, netns<<32 | uint64(s.Protocol)<<8 | uint64(s.Family)} // inodes have 32 bits
}

// cookie returns the cookie, 0 if there is none.
func (c *Conn) cookie() uint64 {
	if !c.known {
		return 0
	}
	return c.ID[0]
}

func (c *Conn) address(e *Endpoint) netip.AddrPort {
	a := netip.AddrFrom16(e.addr)
	switch c.family {
	case unix.AF_INET:
		a = a.Unmap()
	case unix.AF_INET6:
	default:
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, e.port)
}

func (c *Conn) local() netip.AddrPort  { return c.address(&c.Local) }
func (c *Conn) remote() netip.AddrPort { return c.address(&c.Remote) }

// proto returns the name of the kind of socket.
func (c *Conn) proto() string {
	s := diag.Socket{Family: c.family, Protocol: c.protocol, Type: c.kind}
	return cmp.Or(s.Table(), strconv.Itoa(int(c.protocol)))
}

// closeWait reports whether the peer has closed the connection and the process has not.
func (c *Conn) closeWait() bool {
	return c.protocol == unix.IPPROTO_TCP && c.state == diag.StateCloseWait
}

// A Listener is a socket that accepts connections.
type Listener struct {
	Socket        Target
	Owner         Owner
	Reach         string
	Conns         uint64
	CloseWait     uint64
	SynQueue      uint64
	Accepted      float64 // per second
	Rated         bool
	Counted       bool // connections were counted
	AcceptQueue   uint32
	AcceptLimit   uint32
	Drops, Recent uint32 // in all, and since the previous sample
}

// A Target identifies one socket, also if another has its addresses later.
type Target struct {
	ID            inspect.Identity
	Netns         string
	Type          uint8
	State         diag.State
	Iface, Inode  uint32
	Local, Remote netip.AddrPort
	Proto         string
	Owner         Owner
}

// target names the socket of a connection.
func (s *Sample) target(c *Conn) Target {
	space := s.Spaces[c.space]
	return Target{
		ID: inspect.Identity{
			NetNS: space.Inode, Family: c.family, Protocol: c.protocol, Cookie: c.cookie(),
		},
		Netns: space.Name, Type: c.kind, State: c.state, Iface: c.iface, Inode: c.inode,
		Local: c.local(), Remote: c.remote(), Proto: c.proto(), Owner: s.Owners[c.owner],
	}
}

// row returns a row that looks the socket up, or closes it.
func (t *Target) row() *inspect.Row {
	return &inspect.Row{NetNS: t.ID.NetNS, Netns: t.Netns, Socket: &diag.Socket{
		Family: t.ID.Family, Protocol: t.ID.Protocol, Cookie: t.ID.Cookie, Type: t.Type, State: t.State,
		Iface: t.Iface, Inode: t.Inode, Local: t.Local, Remote: t.Remote,
	}}
}
