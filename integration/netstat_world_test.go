//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// netstatWorld fills a namespace with the zoo of sockets and with what only netstat shows.
func netstatWorld(t *testing.T, ns *harness.NS) {
	t.Helper()
	ns.Zoo()
	rawSockets(t, ns)
	unixSockets(t, ns)
	oddLinks(t, ns)
	noNameServers(t, ns)
	oddRoutes(t, ns)
	ns.Address("lo", "::1:2/128")
	ns.Listen("[::1:2]:0") // ends in dots, as ::0.1.0.2
}

// rawSockets opens raw sockets of both versions, one of them connected.
func rawSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	ns.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	ns.Socket(unix.AF_INET, unix.SOCK_RAW, 253)
	ns.Socket(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6)
	s := ns.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP)
	if err := unix.Connect(s.FD, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	for family, to := range map[int]unix.Sockaddr{
		unix.AF_INET: &unix.SockaddrInet4{Port: 7}, unix.AF_INET6: &unix.SockaddrInet6{Port: 8},
	} {
		lite := ns.Socket(family, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE)
		if err := unix.Bind(lite.FD, to); err != nil {
			t.Fatal(err)
		}
	}
}

// unixSockets opens UNIX sockets with every kind of name and state, one of them connected but not accepted.
func unixSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	dir := t.TempDir()
	bind := func(typ int, name string) *harness.Socket {
		t.Helper()
		s := ns.Socket(unix.AF_UNIX, typ, 0)
		if err := unix.Bind(s.FD, &unix.SockaddrUnix{Name: name}); err != nil {
			t.Fatalf("bind to %q: %v", name, err)
		}
		return s
	}
	for _, name := range []string{
		filepath.Join(dir, "plain"), filepath.Join(dir, "with space"), filepath.Join(dir, "ünïcode"),
		filepath.Join(dir, "esc\x1b[2J"), "@abstract", "@nul\x00inside", "@ leading", "@tab\there",
	} {
		bind(unix.SOCK_STREAM, name)
	}
	bind(unix.SOCK_DGRAM, "@datagrams")
	ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	listener := bind(unix.SOCK_SEQPACKET, "@listener")
	stream := bind(unix.SOCK_STREAM, filepath.Join(dir, "listener"))
	for _, l := range []*harness.Socket{listener, stream} {
		if err := unix.Listen(l.FD, 2); err != nil {
			t.Fatal(err)
		}
	}
	client := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err := unix.Connect(client.FD, &unix.SockaddrUnix{Name: filepath.Join(dir, "listener")}); err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, fd := range pair {
			_ = os.NewFile(uintptr(fd), "pair").Close() // nothing is lost
		}
	})
}

// ip runs ip(8) in the namespace. Lines that the kernel refuses are logged.
func ip(t *testing.T, ns *harness.NS, lines ...string) {
	t.Helper()
	path := harness.Tool(t, "ip")
	for _, line := range lines {
		if r := ns.Run(path, strings.Fields(line)...); r.Code != 0 {
			t.Logf("left out: ip %s: %s", line, bytes.TrimSpace(r.Stderr))
		}
	}
}

// noNameServers blocks the machine's name servers, so that look-ups of unknown names fail at once.
func noNameServers(t *testing.T, ns *harness.NS) {
	t.Helper()
	conf, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Logf("no name servers: %v", err)
	}
	for line := range strings.Lines(string(conf)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if server, err := netip.ParseAddr(words[1]); err == nil && !server.IsLoopback() {
			ip(t, ns, fmt.Sprintf("route add prohibit %s", netip.PrefixFrom(server, server.BitLen())))
		}
	}
}

// oddLinks makes links, aliases and addresses whose order and look are special.
func oddLinks(t *testing.T, ns *harness.NS) {
	t.Helper()
	for i, name := range []string{"a", "a00", "a01", "a1", "a10", "a2", "b-1", "b.5", "b10a2", "eth0", "eth2", "eth10", "fourteen-chars"} {
		peer := fmt.Sprintf("pe\xc3\xa9r%d", i)
		ip(t, ns, "link add name "+name+" type veth peer name "+peer, "link set "+peer+" up")
	}
	ip(t, ns,
		"link set eth0 up", "link set eth2 up promisc on", "link set eth10 up allmulticast on arp off mtu 9000",
		"link set a01 txqueuelen 7", "link set b.5 up dynamic on",
		"link property add dev zoo0 altname zoo-alias", "link property add dev zoo0 altname another-name-of-zoo0",
		"addr add 10.1.0.1/24 brd + dev eth0", "addr add 10.1.0.2/24 label eth0:1 dev eth0",
		"addr add 10.1.0.3/24 label eth0:10 dev eth0", "addr add 10.1.0.4/24 label eth0:2 dev eth0",
		"addr add 10.1.0.5/24 label eth0:abc dev eth0", "addr add 10.2.0.6/24 label eth2:0 dev eth2",
		"addr add 10.3.0.1 peer 10.3.0.2/32 dev eth10",
		"-6 addr add fec0::1/64 dev eth0 nodad", "-6 addr add 2001:db8:5::1/48 dev eth0 nodad",
		"-6 addr add ::1.2.3.4/96 dev eth0 nodad", "-6 addr add fe80::5/10 dev eth0 nodad",
	)
}

// oddRoutes adds a route of every type, and some with extreme numbers.
func oddRoutes(t *testing.T, ns *harness.NS) {
	t.Helper()
	ip(t, ns,
		"route add default via 10.1.0.254", "route add 172.16.0.0/12 via 10.1.0.5 metric 50 advmss 1360 window 8192 rtt 300ms",
		"route add unreachable 10.66.0.0/16", "route add prohibit 10.67.1.1", "route add blackhole 10.68.0.0/16",
		"route add throw 10.69.0.0/16", "route add unreachable 10.70.0.0/16 metric 4294967295",
		"route add 10.71.0.0/16 via inet6 fe80::55 dev eth0", "route add local 10.73.0.1 dev eth0 table main",
		"route add 10.72.0.0/16 nexthop via 10.1.0.7 weight 1 nexthop via 10.1.0.8 weight 2",
		"route add 10.74.0.0/16 dev eth0 window 4000000000 metric 4278198272", "route add 10.75.0.1 via 10.1.0.9",
		"route add broadcast 10.76.0.1 dev eth0 table main", "route add 10.0.0.0/8 table 100 dev eth0",
		"route add 0.0.0.0/1 dev eth2", "route add 169.254.0.0/16 dev eth0", "route add 10.80.0.0/16 mtu 1400 dev eth0 advmss 65495",
		"nexthop add id 1 via 10.1.0.3 dev eth0", "nexthop add id 2 blackhole", "nexthop add id 3 group 1",
		"route add 10.81.0.0/16 nhid 1", "route add 10.82.0.0/16 nhid 2", "route add 10.83.0.0/16 nhid 3",
		"-6 route add default via fe80::9 dev eth0", "-6 route add 2001:db8:11::/48 via 2001:db8:5::5",
		"-6 route add unreachable 2001:db8:2::/48", "-6 route add blackhole 2001:db8:3::/48",
		"-6 route add 2001:db8:4::/48 nexthop via 2001:db8:5::6 nexthop via 2001:db8:5::7",
		"-6 route add local 2001:db8:6::1 dev eth0", "-6 route add 2001:db8:7::/64 dev eth0 table 300",
		"-6 route add ::ffff:10.0.0.0/104 dev eth0", "-6 route add 2001:db8:8::/48 dev eth0 metric 4294967295",
		"-6 route add 2001:db8:9::/48 from 2001:db8:a::/48 dev eth0", "-6 route add 2001:db8:b::/48 via fe80::9 dev eth0 proto ra",
	)
}
