//go:build linux

package redact

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestAddrRemains checks addresses that do not identify a host.
func TestAddrRemains(t *testing.T) {
	for _, text := range []string{
		"0.0.0.0", "127.0.0.1", "127.9.9.9", "224.0.0.251", "255.255.255.255",
		"::", "::1", "ff02::fb", "::ffff:127.0.0.1", "::ffff:0.0.0.0",
	} {
		a := netip.MustParseAddr(text)
		if got := New().Addr(a); got != a {
			t.Errorf("%v became %v", a, got)
		}
	}
	if got := New().Addr(netip.Addr{}); got.IsValid() {
		t.Errorf("no address became %v", got)
	}
}

// TestAddrNetwork checks that a network remains and no two of its addresses get the same
// replacement.
func TestAddrNetwork(t *testing.T) {
	for _, tt := range []struct {
		network string
		hosts   int // of which are taken
	}{
		{"192.0.2.0/24", 256},
		{"10.1.2.0/24", 256},
		{"::ffff:192.0.2.0/120", 256},
		{"2001:db8:1:2::/64", 5000},
		{"fe80::/64", 5000},
	} {
		p := netip.MustParsePrefix(tt.network)
		r, seen, same := WithKey(key), map[netip.Addr]netip.Addr{}, 0
		for i, a := 0, p.Addr(); i < tt.hosts; i, a = i+1, a.Next() {
			got := r.Addr(a)
			if !p.Contains(got) {
				t.Errorf("%v became %v, of another network", a, got)
			}
			if was, ok := seen[got]; ok {
				t.Errorf("%v and %v both became %v", was, a, got)
			}
			if seen[got] = a; got == a {
				same++
			}
			if again := WithKey(key).Addr(a); again != got {
				t.Errorf("%v became %v, then %v", a, got, again)
			}
		}
		if same > 10 {
			t.Errorf("%s: %d addresses remain", tt.network, same)
		}
	}
}

func TestAddrForms(t *testing.T) {
	r := WithKey(key)
	v4 := r.Addr(netip.MustParseAddr("192.0.2.77"))
	if got := r.Addr(netip.MustParseAddr("::ffff:192.0.2.77")); got.Unmap() != v4 || !got.Is4In6() {
		t.Errorf("mapped: %v, want %v", got, v4)
	}
	six := r.Addr(netip.MustParseAddr("2002:c000:24d::1")).As16()
	if got := netip.AddrFrom4([4]byte(six[2:6])); got != v4 {
		t.Errorf("6to4: %v, want %v", got, v4)
	}
	if got := r.Addr(netip.MustParseAddr("fe80::1%eth0")); got.Zone() != "eth0" || !got.IsLinkLocalUnicast() {
		t.Errorf("link-local: %v", got)
	}
}

// TestAddrKey checks that replacements depend on the network and the key.
func TestAddrKey(t *testing.T) {
	one, two := New(), New()
	keys, networks := 0, 0
	for range 100 {
		a := netip.AddrFrom4([4]byte{10, 0, 0, byte(rand.Uint32())}) //nolint:gosec // any will do
		b := netip.AddrFrom4([4]byte{10, 0, 1, a.As4()[3]})
		if one.Addr(a) == two.Addr(a) {
			keys++
		}
		if one.Addr(a).As4()[3] == one.Addr(b).As4()[3] {
			networks++
		}
	}
	if keys > 20 || networks > 20 {
		t.Errorf("of 100 addresses %d became the same with another key, %d in another network", keys, networks)
	}
}
