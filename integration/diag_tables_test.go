//go:build integration

package integration

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

func dial(t testing.TB, cfg *diag.Config) *diag.Conn {
	t.Helper()
	c, err := diag.Dial(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // nothing is written
	return c
}

// TestKernelSources compares sock_diag and /proc/net for the same sockets.
func TestKernelSources(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	otherZoo(t, ns)
	tables := []struct {
		name     string
		family   uint8
		protocol uint16
		few      int // sockets at least
	}{
		{"tcp", unix.AF_INET, unix.IPPROTO_TCP, 20},
		{"tcp6", unix.AF_INET6, unix.IPPROTO_TCP, 20},
		{"udp", unix.AF_INET, unix.IPPROTO_UDP, 5},
		{"udp6", unix.AF_INET6, unix.IPPROTO_UDP, 5},
		{"udplite", unix.AF_INET, unix.IPPROTO_UDPLITE, 1},
		{"udplite6", unix.AF_INET6, unix.IPPROTO_UDPLITE, 1},
		{"raw", unix.AF_INET, unix.IPPROTO_RAW, 1},
		{"raw6", unix.AF_INET6, unix.IPPROTO_RAW, 1},
		{"icmp", unix.AF_INET, unix.IPPROTO_ICMP, 1},
		{"icmp6", unix.AF_INET6, unix.IPPROTO_ICMPV6, 1},
		{"packet", unix.AF_PACKET, 0, 2},
		{"netlink", unix.AF_NETLINK, 0, 5},
	}
	for _, tt := range tables {
		t.Run(tt.name, func(t *testing.T) {
			if tt.protocol == unix.IPPROTO_UDPLITE && !knows(t, int(tt.family), unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE) {
				t.Skip("this kernel has none")
			}
			// Without bound-only sockets, which /proc lacks.
			q := diag.Query{
				Family: tt.family, Protocol: tt.protocol, Want: diag.HasSkMem | diag.HasPacket,
				States: diag.StatesKnown &^ diag.States(diag.StateBoundInactive),
			}
			got := tableRows(t, dial(t, &diag.Config{NetNS: ns.FD()}), &q)
			want := tableRows(t, dial(t, &diag.Config{NetNS: ns.FD(), Sources: diag.SourcesProc}), &q)
			if len(want) < tt.few {
				t.Errorf("%d sockets, want %d at least", len(want), tt.few)
			}
			if !slices.Equal(got, want) {
				t.Errorf("sock_diag and /proc differ:\ngot  %q\nwant %q", got, want)
			}
		})
	}
}

// tableRows lists the values that both sources have. Timers run between two requests, and sock_diag
// reports the user of full sockets only.
func tableRows(t *testing.T, c *diag.Conn, q *diag.Query) (rows []string) {
	t.Helper()
	for s, err := range c.Sockets(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if row := tableRow(s); row != "" {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	if c.Stats().Fallbacks > 0 {
		t.Logf("this kernel lacks the diag module of %d/%d: both are /proc", q.Family, q.Protocol)
	}
	return rows
}

func tableRow(s *diag.Socket) string {
	switch s.Family {
	case unix.AF_NETLINK:
		if s.Netlink.PortID != 0 && s.Protocol == unix.NETLINK_SOCK_DIAG {
			return "" // the query's own socket
		}
		return fmt.Sprintf("%d %d %d", s.Protocol, s.Netlink.PortID, s.Inode)
	case unix.AF_PACKET:
		return fmt.Sprintf("%d %x %d %d %d", s.Type, s.Protocol, s.Iface, s.UID, s.Inode)
	}
	sendQ := s.SendQ
	if s.State == diag.StateListen {
		sendQ = 0 // /proc does not know the limit of the accept queue
	}
	return fmt.Sprintf("%s %s %s %d/%d timer %d ino %d", s.State, s.Local, s.Remote, s.RecvQ, sendQ, s.Timer, s.Inode)
}

// otherZoo makes sockets of the rarer protocols.
func otherZoo(t *testing.T, ns *harness.NS) {
	t.Helper()
	for _, s := range []struct{ family, typ, protocol int }{
		{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE},
		{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE},
		{unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP},
		{unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6},
		{unix.AF_PACKET, unix.SOCK_RAW, htons(unix.ETH_P_ALL)},
		{unix.AF_PACKET, unix.SOCK_DGRAM, htons(unix.ETH_P_ARP)},
		{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE},
		{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_GENERIC},
	} {
		if !knows(t, s.family, s.typ, s.protocol) {
			continue
		}
		fd := ns.Socket(s.family, s.typ, s.protocol).FD
		var addr unix.Sockaddr
		switch {
		case s.protocol == unix.IPPROTO_UDPLITE && s.family == unix.AF_INET:
			addr = &unix.SockaddrInet4{Port: 7000}
		case s.protocol == unix.IPPROTO_UDPLITE:
			addr = &unix.SockaddrInet6{Port: 7001}
		case s.family == unix.AF_NETLINK:
			addr = &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 5}
		default:
			continue
		}
		if err := unix.Bind(fd, addr); err != nil {
			t.Fatal(err)
		}
	}
	pingZoo(t, ns)
}

// knows reports whether this kernel has such sockets: UDP-Lite has gone, MPTCP came late.
func knows(t testing.TB, family, typ, protocol int) bool {
	t.Helper()
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, protocol)
	for _, none := range errNoFamily {
		if errors.Is(err, none) {
			t.Logf("no sockets of family %d, type %d, protocol %d here: %v", family, typ, protocol, err)
			return false
		}
	}
	if err == nil {
		err = unix.Close(fd)
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// pingZoo makes ICMP sockets, which need a permitted group.
func pingZoo(t *testing.T, ns *harness.NS) {
	t.Helper()
	// The setting is that of the opener's namespace.
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 0"), 0); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct{ family, protocol int }{
		{unix.AF_INET, unix.IPPROTO_ICMP}, {unix.AF_INET6, unix.IPPROTO_ICMPV6},
	} {
		fd := ns.Socket(s.family, unix.SOCK_DGRAM, s.protocol).FD
		var addr unix.Sockaddr = &unix.SockaddrInet4{Port: 77}
		if s.family == unix.AF_INET6 {
			addr = &unix.SockaddrInet6{Port: 78}
		}
		if err := unix.Bind(fd, addr); err != nil {
			t.Fatal(err)
		}
	}
}

// htons is what the protocol of a packet socket is given in, on little-endian machines.
func htons(v uint16) int { return int(bits.ReverseBytes16(v)) }
