//go:build integration

package integration

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// kindsOfSockets make sockets of one kind each. One that finds its addresses taken does nothing.
var kindsOfSockets = []func(*testbed){
	(*testbed).tcpAccepted, (*testbed).tcpAccepted, (*testbed).tcpAccepted, (*testbed).tcpWaiting, (*testbed).tcpHalf,
	(*testbed).tcpUnanswered, (*testbed).udpConnected, (*testbed).udpConnected, (*testbed).udpTwins, (*testbed).udpServers,
	(*testbed).reusePort, (*testbed).unixPair, (*testbed).unixWaiting, (*testbed).unixAccepted, (*testbed).inFlight,
	(*testbed).netlinkSocket, (*testbed).packetSocket, (*testbed).rawSocket, (*testbed).udpLite,
}

// fill makes n kindsOfSockets.
func (s *testbed) fill(n int) {
	s.t.Helper()
	for range n {
		kindsOfSockets[s.r.IntN(len(kindsOfSockets))](s)
	}
}

// begin connects and lets a connection take its time. It returns false if there is such a connection already.
func (s *testbed) begin(k *testSocket, to unix.Sockaddr) bool {
	s.t.Helper()
	err := s.in(k.space, func() error { return unix.Connect(k.fd, to) })
	if err != nil && !errors.Is(err, unix.EINPROGRESS) && !errors.Is(err, unix.EADDRNOTAVAIL) {
		s.t.Fatalf("connect %s: %v", k.what, err)
	}
	return !errors.Is(err, unix.EADDRNOTAVAIL)
}

// ready waits until a socket can do what events say.
func (s *testbed) ready(k *testSocket, events int16) {
	s.t.Helper()
	fds := []unix.PollFd{{Fd: int32(k.fd), Events: events}}
	for {
		n, err := unix.Poll(fds, 10000)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n != 1 || err != nil || fds[0].Revents&events == 0 {
			s.t.Fatalf("%s is not ready: %v, %#x", k.what, err, fds[0].Revents)
		}
		return
	}
}

// tcpListening makes a client and a listener, not connected yet.
func (s *testbed) tcpListening(what string) (client, server *testSocket, to unix.Sockaddr) {
	s.t.Helper()
	client, server, to, _ = s.ends(unix.SOCK_STREAM, 0, what)
	if client == nil {
		return nil, nil, nil
	}
	if err := unix.Listen(server.fd, 8); err != nil {
		if errors.Is(err, unix.EADDRINUSE) {
			return nil, nil, nil
		}
		s.t.Fatal(err)
	}
	return client, server, to
}

func (s *testbed) tcpAccepted() { s.accepted() }

// accepted makes a TCP connection.
func (s *testbed) accepted() (client, server *testSocket) {
	s.t.Helper()
	client, listener, to := s.tcpListening("TCP")
	if client == nil || !s.begin(client, to) {
		return nil, nil
	}
	s.ready(client, unix.POLLOUT)
	s.ready(listener, unix.POLLIN)
	fd, _, err := unix.Accept4(listener.fd, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	s.must(err)
	server = s.add(listener.space, fd, "TCP accepted")
	client.peer, server.peer = server, client
	if s.r.IntN(2) == 0 {
		s.close(listener)
	}
	return client, server
}

// tcpWaiting makes an unaccepted connection.
func (s *testbed) tcpWaiting() {
	s.t.Helper()
	client, listener, to := s.tcpListening("TCP waiting")
	if client == nil || !s.begin(client, to) {
		return
	}
	s.ready(client, unix.POLLOUT)
	s.ready(listener, unix.POLLIN)
	client.waitsAt = listener
}

// tcpHalf makes a connection that one side has closed.
func (s *testbed) tcpHalf() {
	s.t.Helper()
	client, server := s.accepted()
	if client == nil {
		return
	}
	s.must(unix.Shutdown(client.fd, unix.SHUT_WR))
	s.ready(server, unix.POLLRDHUP|unix.POLLIN)
	if s.r.IntN(2) == 0 {
		s.close(client) // an orphan in FIN-WAIT-2
		server.peer = nil
	}
}

// tcpUnanswered makes a connection whose listener receives nothing.
func (s *testbed) tcpUnanswered() {
	s.t.Helper()
	client, listener, to := s.tcpListening("TCP unanswered")
	if client == nil {
		return
	}
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	s.must(unix.SetsockoptSockFprog(listener.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: 1, Filter: &nothing}))
	s.begin(client, to)
}

func (s *testbed) udpConnected() { s.datagrams(0) }

func (s *testbed) udpLite() { s.datagrams(unix.IPPROTO_UDPLITE) }

// datagrams connects two sockets with each other, or one of them alone.
func (s *testbed) datagrams(protocol int) {
	s.t.Helper()
	a, b, to, back := s.ends(unix.SOCK_DGRAM, protocol, fmt.Sprint("UDP ", protocol))
	if a == nil || !s.begin(a, to) {
		return
	}
	if s.r.IntN(3) > 0 && s.begin(b, back) {
		a.peer, b.peer = b, a
	}
}

// udpTwins makes two sockets with the same two addresses: which of them the other end is, is unknown.
func (s *testbed) udpTwins() {
	s.t.Helper()
	space := s.r.IntN(len(s.spaces))
	at := func(port int) unix.Sockaddr { return &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 9}, Port: port} }
	var list [3]*testSocket
	for i, port := range []int{6000, 6000, 6001} {
		if list[i] = s.socket(space, unix.AF_INET, unix.SOCK_DGRAM, 0, at(port), "UDP twin"); list[i] == nil {
			return
		}
	}
	for i, port := range []int{6001, 6001, 6000} {
		s.begin(list[i], at(port))
	}
}

func (s *testbed) udpServers() {
	s.t.Helper()
	p := s.path()
	_, at := addrOf(netip.AddrPortFrom(p.fromAddr, uint16(5000+s.r.IntN(20))), true, p.fromLink)
	s.socket(p.from, unix.AF_INET6, unix.SOCK_DGRAM, 0, at, "UDP server")
}

// reusePort makes a group of listeners or UDP servers with one address.
func (s *testbed) reusePort() {
	s.t.Helper()
	typ := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM}[s.r.IntN(2)]
	space, at := s.r.IntN(len(s.spaces)), &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 7000 + s.r.IntN(100)}
	for range 2 + s.r.IntN(3) {
		k := s.socket(space, unix.AF_INET, typ, 0, nil, "one of a group")
		s.must(unix.SetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1))
		if err := unix.Bind(k.fd, at); err != nil {
			return // the port is that of another group
		}
		if typ == unix.SOCK_STREAM {
			s.must(unix.Listen(k.fd, 3))
		}
	}
}

func (s *testbed) unixPair() {
	s.t.Helper()
	typ := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}[s.r.IntN(3)]
	space := s.r.IntN(len(s.spaces))
	var fds [2]int
	s.must(s.in(space, func() (err error) {
		fds, err = unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		return err
	}))
	a, b := s.add(space, fds[0], "unix pair"), s.add(space, fds[1], "unix pair")
	a.peer, b.peer = b, a
}

// unixClient makes a listener and a client that waits.
func (s *testbed) unixClient() (client, listener *testSocket) {
	s.t.Helper()
	space := s.r.IntN(len(s.spaces))
	name := &unix.SockaddrUnix{Name: fmt.Sprintf("@scene-%d", len(s.sockets))}
	listener = s.socket(space, unix.AF_UNIX, unix.SOCK_STREAM, 0, name, "unix listener")
	s.must(unix.Listen(listener.fd, 4))
	client = s.socket(space, unix.AF_UNIX, unix.SOCK_STREAM, 0, nil, "unix client")
	s.must(s.in(space, func() error { return unix.Connect(client.fd, name) }))
	return client, listener
}

func (s *testbed) unixWaiting() {
	s.t.Helper()
	client, listener := s.unixClient()
	client.waitsAt = listener
}

func (s *testbed) unixAccepted() {
	s.t.Helper()
	client, listener := s.unixClient()
	fd, _, err := unix.Accept4(listener.fd, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	s.must(err)
	server := s.add(listener.space, fd, "unix accepted")
	client.peer, server.peer = server, client
}

// inFlight sends a socket in a control message that is not received.
func (s *testbed) inFlight() {
	s.t.Helper()
	space := s.r.IntN(len(s.spaces))
	at := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 8000 + s.r.IntN(100)}
	typ := []int{unix.SOCK_STREAM, unix.SOCK_DGRAM}[s.r.IntN(2)]
	k := s.socket(space, unix.AF_INET, typ, 0, at, "in flight")
	if k == nil {
		return
	}
	if typ == unix.SOCK_STREAM {
		if err := unix.Listen(k.fd, 1); err != nil {
			return // the port is another one's
		}
	}
	s.unixPair()
	carrier := s.sockets[len(s.sockets)-1]
	s.must(unix.Sendmsg(carrier.fd, []byte{0}, unix.UnixRights(k.fd), nil, 0))
	s.close(k)
	k.flying = true
}

func (s *testbed) netlinkSocket() {
	s.t.Helper()
	protocol := []int{unix.NETLINK_ROUTE, unix.NETLINK_GENERIC, unix.NETLINK_KOBJECT_UEVENT}[s.r.IntN(3)]
	s.socket(s.r.IntN(len(s.spaces)), unix.AF_NETLINK, unix.SOCK_RAW, protocol,
		&unix.SockaddrNetlink{Family: unix.AF_NETLINK}, "netlink")
}

func (s *testbed) packetSocket() {
	s.t.Helper()
	typ := []int{unix.SOCK_RAW, unix.SOCK_DGRAM}[s.r.IntN(2)]
	s.socket(s.r.IntN(len(s.spaces)), unix.AF_PACKET, typ, 0, nil, "packet")
}

func (s *testbed) rawSocket() {
	s.t.Helper()
	family := []int{unix.AF_INET, unix.AF_INET6}[s.r.IntN(2)]
	s.socket(s.r.IntN(len(s.spaces)), family, unix.SOCK_RAW, []int{89, 132}[s.r.IntN(2)], nil, "raw")
}
