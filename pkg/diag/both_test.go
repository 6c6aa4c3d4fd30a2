//go:build linux

package diag

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBothFamilies makes more IPv6 listeners than are held back, in two steps: all sockets must be
// yielded once, IPv4 first, whether they were held or requested again.
func TestBothFamilies(t *testing.T) {
	want := map[uint16]uint8{}
	listen := func(network, addr string, family uint8) {
		l, err := net.Listen(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		want[netip.MustParseAddrPort(l.Addr().String()).Port()] = family
	}
	c, err := Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	for _, n := range []int{5, maxHeld + 1} {
		for range n {
			listen("tcp6", "[::1]:0", unix.AF_INET6)
		}
		listen("tcp4", "127.0.0.1:0", unix.AF_INET)
		q := Query{Protocol: unix.IPPROTO_TCP, States: States(StateListen)}
		got := map[uint16]int{}
		six := false
		for s, err := range c.BothFamilies(t.Context(), &q) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Family == unix.AF_INET && six {
				t.Errorf("IPv4 socket %v after IPv6", s.Local)
			}
			six = six || s.Family == unix.AF_INET6
			if want[s.Local.Port()] == s.Family {
				got[s.Local.Port()]++
			}
		}
		for port := range want {
			if got[port] != 1 {
				t.Errorf("%d listeners: port %d yielded %d times", len(want), port, got[port])
			}
		}
	}
}

// TestBothFamiliesOverflow exceeds the limit with sockets that the kernel does not count, as
// TIME_WAIT sockets do.
func TestBothFamiliesOverflow(t *testing.T) {
	c, err := Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	want := map[uint16]bool{}
	for range maxHeld + 10 {
		l, err := net.Listen("tcp6", "[::1]:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		want[netip.MustParseAddrPort(l.Addr().String()).Port()] = true
	}
	q := Query{Protocol: unix.IPPROTO_TCP, States: States(StateListen)}
	c.walkOnce(t.Context(), &q, c.Sockets, func(s *Socket, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		delete(want, s.Local.Port())
		return true
	})
	if len(want) > 0 {
		t.Errorf("%d sockets are missing", len(want))
	}
}
