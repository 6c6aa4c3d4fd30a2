//go:build integration

package integration

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// postgres has a queue that is full, a client that hung up and one whose bytes it does not read.
func (s *sceneHost) postgres() {
	const at = "127.0.0.1:5432"
	db := s.listen(at, 2)
	local := s.unixSocket(unix.SOCK_STREAM, "@postgres")
	s.must(unix.Listen(local.FD, 8))

	busy := s.dial("127.0.0.1:49916", at, harness.KeepAlive, harness.NoDelay)
	server := db.Accept()
	busy.Write(2997)

	gone := s.dial("127.0.0.1:49928", at)
	left := db.Accept()
	gone.Close()
	s.until(left, unix.BPF_TCP_CLOSE_WAIT)

	psql := s.dialAs("psql", "127.0.0.1:49930", at)
	query := db.Accept()
	for _, from := range []string{"127.0.0.1:49936", "127.0.0.1:49948", "127.0.0.1:49952"} {
		s.give(appName, s.dial(from, at))
	}
	s.give(appName, busy, s.dial("127.0.0.1:49960", at)) // whose SYN is dropped
	s.give("postgres", db, local, server, left, query)
	s.give("psql", psql)
}

// nginx has workers, and connections in the states of closing.
func (s *sceneHost) nginx() {
	const at = "192.0.2.10:80"
	web, tls := s.listen("0.0.0.0:80", 511), s.listen("[::]:443", 128)
	slow := s.listen("127.0.0.1:81", 16, harness.DeferAccept)
	s.give("nginx", web, tls, slow)
	pair := func(from string) (client, server *harness.Socket) {
		client = s.dial(from, at)
		return client, web.Accept()
	}

	client, server := pair("192.0.2.10:38700") // FIN-WAIT-1: the acknowledgement of its FIN is lost
	client.Deaf()
	client.Close()
	s.until(server, unix.BPF_TCP_CLOSE_WAIT)
	s.give("nginx", server)

	client, server = pair("192.0.2.10:38702") // TIME-WAIT, LAST-ACK
	client.Close()
	s.until(server, unix.BPF_TCP_CLOSE_WAIT)
	server.Deaf()
	server.Shut()
	s.until(server, unix.BPF_TCP_LAST_ACK)
	server.Close()

	client, server = pair("192.0.2.10:38704") // CLOSING
	client.Deaf()
	server.Deaf()
	client.Shut()
	server.Shut()
	client.Hear()
	s.until(client, unix.BPF_TCP_CLOSING)
	s.give(appName, client)
	s.give("nginx", server) // FIN-WAIT-1

	client, server = pair("192.0.2.10:38706") // TIME-WAIT
	client.Close()
	s.until(server, unix.BPF_TCP_CLOSE_WAIT)
	server.Close()

	client, server = pair("192.0.2.10:38708") // unacknowledged bytes
	client.Write(100)
	client.Deaf()
	server.Write(5000)
	s.give("nginx", server)
	s.give(appName, client)

	s.dial("127.0.0.1:38718", "127.0.0.1:80").Close() // before it is accepted
	hasty := s.dial("127.0.0.1:38720", "127.0.0.1:81")
	s.until(hasty, unix.BPF_TCP_ESTABLISHED) // SYN-RECV on the other side
	s.give(appName, hasty, s.dial("[2001:db8::10]:45820", "[2001:db8::10]:443"))
}

// app has a name that would clear the terminal.
func (s *sceneHost) app() {
	cache := s.dial("192.0.2.10:50000", "192.0.2.20:6379", harness.Mark(0x2a), harness.KeepAlive)
	s.give("redis", s.redis.Accept())
	resolver, server := s.ns.UDP("192.0.2.10:49702"), s.ns.UDP("192.0.2.10:53")
	resolver.Connect(server)
	resolver.Write(64)
	s.give(appName, cache, resolver, server,
		s.dial("192.0.2.10:44144", "192.0.2.77:443"), // no such host
		s.ns.UDP("[::1]:5353"), s.ns.Listen("127.0.0.1:8083", harness.Mark(7)))
	if !knows(s.t, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP) {
		return
	}
	listener := s.ns.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
	s.must(unix.Bind(listener.FD, v4(9100)))
	s.must(unix.Listen(listener.FD, 8))
	client := s.ns.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
	s.must(unix.Bind(client.FD, v4(9101)))
	client.Connect(listener)
	s.give(appName, listener, client, listener.Accept())
}

// daemon has a name that takes more columns than characters, and sockets bound to links.
func (s *sceneHost) daemon() {
	dhcp := s.ns.UDP("0.0.0.0:67")
	dhcp.Device("eth0")
	evil := s.unixSocket(unix.SOCK_STREAM, "/run/evil\x1b[31m\n.sock")
	s.must(unix.Listen(evil.FD, 1))
	waiting := s.unixSocket(unix.SOCK_STREAM, "")
	s.must(unix.Connect(waiting.FD, &unix.SockaddrUnix{Name: "/run/evil\x1b[31m\n.sock"}))
	notify := s.unixSocket(unix.SOCK_DGRAM, "/run/notify")
	sender := s.unixSocket(unix.SOCK_DGRAM, "")
	s.must(unix.Connect(sender.FD, &unix.SockaddrUnix{Name: "/run/notify"}))
	a, b := socketpair(s.t, unix.SOCK_SEQPACKET)
	s.give("日本 daemon", dhcp, evil, notify, sender, s.listen("[::1]:8443", 16),
		s.listen("[fe80::ff:fe00:a%eth0]:8082", 4), &harness.Socket{FD: a}, &harness.Socket{FD: b})
	s.give(appName, waiting)
}

// networkd listens to the kernel.
func (s *sceneHost) networkd() {
	for _, n := range []struct {
		protocol, groups, port int
		more                   int // a group beyond the first 32
	}{
		{unix.NETLINK_ROUTE, 1<<(unix.RTNLGRP_LINK-1) | 1<<(unix.RTNLGRP_IPV4_IFADDR-1), 500, unix.RTNLGRP_NEXTHOP},
		{unix.NETLINK_ROUTE, 0, 501, 0},
		{unix.NETLINK_AUDIT, 1, 500, 0},
		{unix.NETLINK_KOBJECT_UEVENT, 1, 500, 0},
		{unix.NETLINK_GENERIC, 0, 500, 0},
	} {
		if !knows(s.t, unix.AF_NETLINK, unix.SOCK_RAW, n.protocol) {
			continue
		}
		socket := s.ns.Socket(unix.AF_NETLINK, unix.SOCK_RAW, n.protocol)
		s.must(unix.Bind(socket.FD, &unix.SockaddrNetlink{
			Family: unix.AF_NETLINK, Groups: uint32(n.groups), Pid: uint32(n.port),
		}))
		if n.more != 0 {
			socket.Set(harness.Set(unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, n.more))
		}
		s.give("networkd", socket)
	}
}

// tcpdump has packet sockets: of all protocols on a link, and of one on all links.
func (s *sceneHost) tcpdump() {
	all := s.ns.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	s.must(unix.Bind(all.FD, &unix.SockaddrLinklayer{
		Protocol: uint16(htons(unix.ETH_P_ALL)), Ifindex: int(s.ns.Index("eth0")),
	}))
	s.give("tcpdump", all, s.ns.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, htons(unix.ETH_P_ARP)))
}

func (s *sceneHost) ping() {
	raw := s.ns.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	s.must(unix.Connect(raw.FD, &unix.SockaddrInet4{Addr: [4]byte{192, 0, 2, 20}}))
	echo := s.ns.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
	s.must(unix.Bind(echo.FD, &unix.SockaddrInet4{Port: 77}))
	s.give("ping", raw, echo, s.ns.Socket(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6))
}

// proxy has a socket that no descriptor refers to.
func (s *sceneHost) proxy() {
	s.given["proxy"] = append(s.given["proxy"], s.ring(s.ns.UDP("192.0.2.10:4433")))
	s.give("proxy", s.ns.UDP("192.0.2.10:4434"))
}

// goOn lets psql end, and another begin that listens too.
func (s *sceneHost) goOn() {
	s.t.Helper()
	for _, h := range s.held {
		if h.comm == "psql" {
			h.stop()
		}
	}
	s.enter(s.unitOf("psql"))
	s.give("psql", s.listen("[::1]:5433", 128), s.dialAs("psql", "192.0.2.10:49970", "192.0.2.10:80"))
	s.start(holder{"psql", 1720, 1000, "psql --again", s.unitOf("psql")})
}
