package cli

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
)

func tuple(src, dst string) conntrack.Tuple {
	s, d := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	return conntrack.Tuple{
		Src: s.Addr(), SrcPort: s.Port(), Dst: d.Addr(), DstPort: d.Port(), Proto: unix.IPPROTO_TCP,
	}
}

// TestTranslations checks who is behind a translation, from either end of it.
func TestTranslations(t *testing.T) {
	tr := &translations{real: map[translated]netip.AddrPort{}}
	// 10.0.0.1 talks to the published port 192.0.2.1:80, which is 172.17.0.2:8080.
	tr.take(&conntrack.Flow{
		Orig:  tuple("10.0.0.1:5000", "192.0.2.1:80"),
		Reply: tuple("172.17.0.2:8080", "10.0.0.1:5000"),
	})
	// 172.17.0.3 is seen as 192.0.2.1 by 198.51.100.7.
	tr.take(&conntrack.Flow{
		Orig:  tuple("172.17.0.3:6000", "198.51.100.7:443"),
		Reply: tuple("198.51.100.7:443", "192.0.2.1:61000"),
	})
	for _, tt := range []struct{ local, remote, want string }{
		{"10.0.0.1:5000", "192.0.2.1:80", "172.17.0.2:8080"},
		{"172.17.0.2:8080", "10.0.0.1:5000", ""}, // sees the real one
		{"172.17.0.3:6000", "198.51.100.7:443", ""},
		{"198.51.100.7:443", "192.0.2.1:61000", "172.17.0.3:6000"},
		{"[::ffff:10.0.0.1]:5000", "[::ffff:192.0.2.1]:80", "172.17.0.2:8080"},
		{"10.0.0.1:5001", "192.0.2.1:80", ""},
	} {
		got, ok := tr.Real(unix.IPPROTO_TCP, netip.MustParseAddrPort(tt.local), netip.MustParseAddrPort(tt.remote))
		switch {
		case ok != (tt.want != ""):
			t.Errorf("%s to %s: %v, %v, want %q", tt.local, tt.remote, got, ok, tt.want)
		case ok && got.String() != tt.want:
			t.Errorf("%s to %s: %v, want %s", tt.local, tt.remote, got, tt.want)
		}
	}
}
