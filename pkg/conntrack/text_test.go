//go:build linux

package conntrack

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// TestText checks the one line that logs and test failures show.
func TestText(t *testing.T) {
	in, out := netip.MustParseAddrPort("10.0.0.3:1000"), netip.MustParseAddrPort("10.0.0.4:80")
	by := netip.MustParseAddrPort("203.0.113.1:2000")
	tuple := func(proto uint8, src, dst netip.AddrPort) Tuple {
		return Tuple{Src: src.Addr(), SrcPort: src.Port(), Dst: dst.Addr(), DstPort: dst.Port(), Proto: proto}
	}
	for _, tt := range []struct {
		flow Flow
		want string
	}{
		{
			Flow{
				Has: HasState, State: 3, Orig: tuple(unix.IPPROTO_TCP, in, out), Reply: tuple(unix.IPPROTO_TCP, out, by),
				Status: StatusSrcNAT, Event: EventNew,
			},
			"tcp ESTABLISHED 10.0.0.3:1000 10.0.0.4:80 nat_src 203.0.113.1:2000 new",
		},
		{
			Flow{Orig: tuple(unix.IPPROTO_UDP, in, out), Reply: tuple(unix.IPPROTO_UDP, by, in), Status: StatusDstNAT},
			"udp 10.0.0.3:1000 10.0.0.4:80 nat_dst 203.0.113.1:2000",
		},
		{Flow{Orig: tuple(unix.IPPROTO_ICMP, in, out)}, "icmp 10.0.0.3 10.0.0.4"},
		{Flow{Orig: tuple(200, in, out), Event: EventEnded}, "200 10.0.0.3 10.0.0.4 destroy"},
	} {
		if got := tt.flow.String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
