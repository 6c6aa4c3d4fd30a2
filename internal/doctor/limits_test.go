package doctor

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// TestOwnLimits checks that limits of the caller that are below those of the table are judged by, too: what
// rows are kept for depends on them.
func TestOwnLimits(t *testing.T) {
	row := func(port uint16) *inspect.Row {
		return &inspect.Row{Socket: &diag.Socket{
			Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: diag.StateEstablished, Cookie: uint64(port),
			Local: netip.AddrPortFrom(web.Addr(), port), Remote: peer, Has: diag.HasTCPInfo | diag.HasSkMem,
			SkMem: diag.SkMem{RmemAlloc: 350, Rcvbuf: 1000, Sndbuf: 4608},
			TCP:   diag.TCPInfo{Len: 280, BusyTime: 2e6, SndbufLimited: 40_000}, // 2 %
		}}
	}
	for word, want := range map[string]int{
		"stuck-reader": 0, "stuck-reader=0.3": 3, "stuck-reader=0.4": 0,
		"send-buffer": 0, "send-buffer=0.01": 1, "send-buffer=0.03": 0,
		"ports": 0, "ports=0.0001": 1, "ports=0.001": 0,
	} {
		list, err := Select([]string{word})
		if err != nil {
			t.Fatal(err)
		}
		x := newExamination(t.Context(), nil, &Config{Checks: list})
		s := healthy()
		s.sockets = x.newSockets(s.sysctls)
		x.scenes, x.fold.scenes[0] = []*Scene{s}, s
		for _, last := range [...]bool{false, true} {
			x.fold.last = last
			for port := range uint16(3) {
				x.fold.take(row(40_000 + port))
			}
		}
		s.Interval = time.Second
		if r := x.check(); len(r.Findings) != want {
			t.Errorf("%s: %d findings, want %d: %+v", word, len(r.Findings), want, r.Findings)
		}
	}
}

func TestLength(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 350 * time.Microsecond: "350us", 1503 * time.Millisecond: "1.5s", 2001 * time.Millisecond: "2s",
		1026 * time.Second: "17m06s", 26 * time.Hour: "1d02h",
	} {
		if got := length(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
