package harness

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// A Socket is a descriptor that is closed when its test ends. Its methods end the test when the kernel
// refuses; they are for the test's own goroutine.
type Socket struct {
	t      testing.TB
	FD     int
	family int
}

// An Option prepares a socket before it is bound.
type Option struct{ level, name, value int }

// Options that tests use often. Others are made with Set.
var (
	V6Only    = Option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1}
	Reuse     = Option{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1}
	KeepAlive = Option{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1}
	NoDelay   = Option{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}
	// DeferAccept leaves a connection in SYN_RECV until it brings data, here for ten minutes.
	DeferAccept = Option{unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 600}
)

// Set makes an integer socket option.
func Set(level, name, value int) Option { return Option{level, name, value} }

// Mark makes SO_MARK.
func Mark(mark int) Option { return Set(unix.SOL_SOCKET, unix.SO_MARK, mark) }

// Socket opens a non-blocking socket of the calling test's namespace.
func (ns *NS) Socket(family, typ, protocol int, opts ...Option) *Socket {
	ns.t.Helper()
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		ns.t.Fatalf("open socket of family %d, type %d, protocol %d: %v", family, typ, protocol, err)
	}
	s := &Socket{t: ns.t, FD: fd, family: family}
	ns.t.Cleanup(s.Close)
	for _, o := range opts {
		s.Set(o)
	}
	return s
}

// TCP opens a TCP socket of the family of addr and binds it; port 0 lets the kernel choose.
func (ns *NS) TCP(addr string, opts ...Option) *Socket {
	ns.t.Helper()
	return ns.bound(unix.SOCK_STREAM, addr, opts)
}

// UDP opens a UDP socket of the family of addr and binds it.
func (ns *NS) UDP(addr string, opts ...Option) *Socket {
	ns.t.Helper()
	return ns.bound(unix.SOCK_DGRAM, addr, opts)
}

func (ns *NS) bound(typ int, addr string, opts []Option) *Socket {
	ns.t.Helper()
	to := ns.sockaddr(addr)
	family := unix.AF_INET
	if _, ok := to.(*unix.SockaddrInet6); ok {
		family = unix.AF_INET6
	}
	s := ns.Socket(family, typ, 0, opts...)
	if err := unix.Bind(s.FD, to); err != nil {
		ns.t.Fatalf("bind to %s: %v", addr, err)
	}
	return s
}

// Listen opens a listening TCP socket.
func (ns *NS) Listen(addr string, opts ...Option) *Socket {
	ns.t.Helper()
	s := ns.TCP(addr, append([]Option{Reuse}, opts...)...)
	if err := unix.Listen(s.FD, 8); err != nil {
		ns.t.Fatalf("listen on %s: %v", addr, err)
	}
	return s
}

// Connect connects to the address that to is bound to; see ConnectTo.
func (s *Socket) Connect(to *Socket) {
	s.t.Helper()
	s.connect(to.Name())
}

// ConnectTo starts to connect and does not wait: over loopback a TCP handshake is complete on return,
// unless something holds it up on purpose.
func (s *Socket) ConnectTo(addr string) {
	s.t.Helper()
	s.connect((&NS{t: s.t}).sockaddr(addr))
}

func (s *Socket) connect(to unix.Sockaddr) {
	s.t.Helper()
	if err := unix.Connect(s.FD, to); err != nil && err != unix.EINPROGRESS {
		s.t.Fatalf("connect to %v: %v", to, err)
	}
}

// Accept takes a connection that is there already.
func (s *Socket) Accept() *Socket {
	s.t.Helper()
	fds := []unix.PollFd{{Fd: int32(s.FD), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 5000); n != 1 {
		s.t.Fatalf("wait for a connection: %v", err)
	}
	fd, _, err := unix.Accept4(s.FD, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	if err != nil {
		s.t.Fatalf("accept: %v", err)
	}
	c := &Socket{t: s.t, FD: fd, family: s.family}
	s.t.Cleanup(c.Close)
	return c
}

// Name returns the address that the socket is bound to.
func (s *Socket) Name() unix.Sockaddr {
	s.t.Helper()
	name, err := unix.Getsockname(s.FD)
	if err != nil {
		s.t.Fatalf("ask for the name of a socket: %v", err)
	}
	return name
}

// Port returns the port that the socket is bound to.
func (s *Socket) Port() int {
	s.t.Helper()
	switch a := s.Name().(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	default:
		return 0
	}
}

// Set sets an option.
func (s *Socket) Set(o Option) {
	s.t.Helper()
	if err := unix.SetsockoptInt(s.FD, o.level, o.name, o.value); err != nil {
		s.t.Fatalf("set option %d of level %d: %v", o.name, o.level, err)
	}
}

// Device binds the socket to a link.
func (s *Socket) Device(link string) {
	s.t.Helper()
	if err := unix.SetsockoptString(s.FD, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, link); err != nil {
		s.t.Fatalf("bind to link %s: %v", link, err)
	}
}

// Shut closes the writing half.
func (s *Socket) Shut() {
	s.t.Helper()
	if err := unix.Shutdown(s.FD, unix.SHUT_WR); err != nil {
		s.t.Fatalf("shut down: %v", err)
	}
}

// Write sends n bytes.
func (s *Socket) Write(n int) {
	s.t.Helper()
	if _, err := unix.Write(s.FD, make([]byte, n)); err != nil {
		s.t.Fatalf("write %d bytes: %v", n, err)
	}
}

// Deaf makes the socket drop every packet before TCP receives it, acknowledgements included.
func (s *Socket) Deaf() {
	s.t.Helper()
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	prog := unix.SockFprog{Len: 1, Filter: &nothing}
	if err := unix.SetsockoptSockFprog(s.FD, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		s.t.Fatalf("attach filter: %v", err)
	}
}

// Hear undoes Deaf.
func (s *Socket) Hear() {
	s.t.Helper()
	s.Set(Set(unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0))
}

// State returns the TCP state of the socket, as the kernel numbers it.
func (s *Socket) State() uint8 {
	s.t.Helper()
	info, err := unix.GetsockoptTCPInfo(s.FD, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		s.t.Fatalf("ask for tcp_info: %v", err)
	}
	return info.State
}

// Close closes the socket. Closing twice is harmless.
func (s *Socket) Close() {
	if s.FD >= 0 {
		_ = unix.Close(s.FD) // errors do not matter in a test
		s.FD = -1
	}
}

// sockaddr parses "127.0.0.1:80", "[::1]:80" or "[fe80::1%veth0]:80".
func (ns *NS) sockaddr(addr string) unix.Sockaddr {
	ns.t.Helper()
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		ns.t.Fatal(err)
	}
	ip := ap.Addr()
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ip.As4()}
	}
	to := &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ip.As16()}
	if zone := ip.Zone(); zone != "" {
		to.ZoneId = ns.Index(zone)
	}
	return to
}
