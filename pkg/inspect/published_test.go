//go:build linux

package inspect

import (
	"bytes"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
)

// flowTo returns a flow in a state of conntrack that was sent to one address and translated to
// another.
func flowTo(protocol, state uint8, sent, to string, zone uint16) *conntrack.Flow {
	tuple := func(src, dst string) conntrack.Tuple {
		s, d := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
		return conntrack.Tuple{Src: s.Addr(), SrcPort: s.Port(), Dst: d.Addr(), DstPort: d.Port(), Proto: protocol}
	}
	return &conntrack.Flow{
		Family: unix.AF_INET, Has: conntrack.HasState, State: conntrack.State(state), Zone: zone,
		Orig: tuple("198.51.100.7:1000", sent), Reply: tuple(to, "198.51.100.7:1000"),
	}
}

// TestForwards checks which flows show the reach of a listener.
func TestForwards(t *testing.T) {
	t.Parallel()
	const established, timeWait = 3, 7
	local := func(a netip.Addr) bool { return a == netip.MustParseAddr("8.8.4.4") }
	for _, tt := range []struct {
		name string
		flow *conntrack.Flow
		want int
	}{
		{"a published port", flowTo(unix.IPPROTO_TCP, established, "8.8.4.4:8080", "172.17.0.2:80", 0), 1},
		{"datagrams", flowTo(unix.IPPROTO_UDP, 0, "8.8.4.4:5353", "172.17.0.2:53", 0), 1},
		{"not translated", flowTo(unix.IPPROTO_TCP, established, "8.8.4.4:80", "8.8.4.4:80", 0), 0},
		{"sent to somebody else", flowTo(unix.IPPROTO_TCP, established, "1.1.1.1:80", "172.17.0.2:80", 0), 0},
		{"over", flowTo(unix.IPPROTO_TCP, timeWait, "8.8.4.4:8080", "172.17.0.2:80", 0), 0},
		{"of a zone", flowTo(unix.IPPROTO_TCP, established, "8.8.4.4:8080", "172.17.0.2:80", 9), 0},
		{"of a protocol without listeners", flowTo(unix.IPPROTO_SCTP, established, "8.8.4.4:8080", "172.17.0.2:80", 0), 0},
	} {
		all := forwards{}
		for range 2 * forwardsEach {
			all.take(1, tt.flow, local)
		}
		got := all.leading(netip.MustParsePrefix("172.17.0.2/32"))
		if wide := all.leading(netip.MustParsePrefix("172.17.0.0/16")); len(wide) != len(got) {
			t.Errorf("%s: %d lead to the network, %d to the address", tt.name, len(wide), len(got))
		}
		if len(got) != tt.want*forwardsEach {
			t.Errorf("%s: %d flows, want %d", tt.name, len(got), tt.want*forwardsEach)
		}
		if len(got) > 0 && (got[0].reach != ReachPublic || got[0].to != tt.flow.Reply.Source()) {
			t.Errorf("%s: %+v", tt.name, got[0])
		}
	}
}

// TestPublishedRecorded checks that a recording has the reach of published listeners.
func TestPublishedRecorded(t *testing.T) {
	t.Parallel()
	e := newExposure()
	e.Somaxconn = 4096
	e.add(netip.MustParseAddr("10.0.0.1"), 2)
	e.published[77] = ReachPublic
	var b bytes.Buffer
	rec := diag.NewRecorder(&b, nil)
	e.record(rec)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	replay, err := diag.OpenRecording(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	got := newExposure()
	if err := got.replay(replay); err != nil {
		t.Fatal(err)
	}
	s := listener("0.0.0.0:80", 1)
	s.Inode = 77
	if got.Somaxconn != 4096 || got.Of(s) != ReachPublic || got.Of(listener("0.0.0.0:80", 1)) != ReachPrivate {
		t.Errorf("%+v", got)
	}
}
