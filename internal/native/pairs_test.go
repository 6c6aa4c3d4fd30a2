package native

import (
	"net/netip"
	"testing"
)

func TestPairs(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddrPort
	p := newPairs()
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
