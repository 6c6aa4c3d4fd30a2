package cli

import (
	"net/netip"
	"testing"
)

func TestPairs(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddrPort
	p := newPairs(0)
	p.set(at("10.0.0.1:80"), at("10.0.0.2:4000"), 1)
	p.set(at("[::ffff:10.0.0.3]:80"), at("[::ffff:10.0.0.2]:4000"), 2)
	p.set(at("[fe80::1]:80"), at("[fe80::2]:4000"), 3)
	p.set(at("[::]:80"), at("10.0.0.2:4000"), 4)
	for _, tt := range []struct {
		local, remote string
		want          uint32
	}{
		{"10.0.0.1:80", "10.0.0.2:4000", 1},
		{"[::ffff:10.0.0.1]:80", "10.0.0.2:4000", 1},
		{"10.0.0.3:80", "10.0.0.2:4000", 2},
		{"[fe80::1]:80", "[fe80::2]:4000", 3},
		{"[::]:80", "10.0.0.2:4000", 4},
		{"10.0.0.2:4000", "10.0.0.1:80", 0}, // the other end
		{"10.0.0.1:81", "10.0.0.2:4000", 0},
		{"[fe80::1]:80", "[fe80::2]:4001", 0},
		{"0.0.0.0:80", "10.0.0.2:4000", 0},
	} {
		if got := p.get(at(tt.local), at(tt.remote)); got != tt.want {
			t.Errorf("get(%s, %s) = %d, want %d", tt.local, tt.remote, got, tt.want)
		}
	}
}

// TestPairsMany fills a table far beyond the room that was made.
func TestPairsMany(t *testing.T) {
	t.Parallel()
	p := newPairs(10)
	server := netip.MustParseAddrPort("192.0.2.1:443")
	const n = 5000
	for i := range uint32(n) {
		p.set(server, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 4), 1}), uint16(i)), i+1)
	}
	for i := range uint32(n) {
		remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 4), 1}), uint16(i))
		if got := p.get(server, remote); got != i+1 {
			t.Fatalf("get(%v) = %d, want %d", remote, got, i+1)
		}
		if got := p.get(remote, server); got != 0 {
			t.Fatalf("the other end of %v has inode %d", remote, got)
		}
	}
	if p.used != n || len(p.slots) > 2*n {
		t.Errorf("%d slots of %d in use for %d connections", p.used, len(p.slots), n)
	}
}
