//go:build integration

package integration

import (
	"os"
	"path/filepath"
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
	ns.Addr("lo", "::1:2/128")
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
