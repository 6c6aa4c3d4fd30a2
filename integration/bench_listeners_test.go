//go:build integration

package integration

import (
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/load"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A listenerCrowd is what BenchmarkListenerHealth makes. LISTENERS=1000 is a tenth, for profiles.
type listenerCrowd struct {
	listeners int
	connected int // sockets of connections whose both ends are here
}

func (c *listenerCrowd) sockets() int { return c.listeners + c.connected }

// crowdOf returns 10,000 listeners among 200,000 sockets, or as many as the environment says.
func crowdOf(b *testing.B) *listenerCrowd {
	b.Helper()
	n := 10_000
	if text := os.Getenv("LISTENERS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			b.Fatalf("LISTENERS=%s: expected a number", text)
		}
	}
	return &listenerCrowd{listeners: n, connected: 19 * n}
}

// open makes the sockets: half of those that are connected came through one of the listeners, the others are
// clients.
func (c *listenerCrowd) open(b *testing.B) *inspect.Session {
	b.Helper()
	ns := harness.Crowded(b)
	l, err := load.Start(&load.Spec{TCP: c.connected})
	if err != nil {
		b.Skip("needs processes with many descriptors: ", err)
	}
	b.Cleanup(l.Stop)
	s, err := inspect.Open(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() }) // nothing is written
	servers := map[netip.AddrPort]bool{}
	plan := inspect.Plan{Queries: inspect.TCP()}
	for r, err := range s.Sockets(b.Context(), &plan) {
		if err != nil {
			b.Fatal(err)
		}
		if r.Local.Port() < 20_000 {
			servers[r.Local] = true
		}
	}
	n := 0
	listen := func(at netip.AddrPort) {
		fd := ns.Socket(unix.AF_INET, unix.SOCK_STREAM, 0, harness.Reuse).FD
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
			b.Fatal(err)
		}
		if err := unix.Listen(fd, 16); err != nil {
			b.Fatal(err)
		}
		n++
	}
	for at := range servers {
		listen(at)
	}
	for port := uint16(20_000); n < c.listeners; port++ {
		listen(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 9, 1}), port))
	}
	return s
}

// BenchmarkListenerHealth compares the health of 10,000 listeners among 200,000 sockets with a plain dump
// that has tcp_info, alternately. The goal is at most 1.3 times its time and memory; time is reported, not
// tested.
func BenchmarkListenerHealth(b *testing.B) {
	crowd := crowdOf(b)
	s := crowd.open(b)
	list := func(want diag.Fields, row func(*inspect.Row)) (rows int, took time.Duration, bytes uint64) {
		plan := inspect.Plan{Queries: inspect.Ask(
			diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: want},
			diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, Want: want},
		)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		for r, err := range s.Sockets(b.Context(), &plan) {
			if err != nil {
				b.Fatal(err)
			}
			rows++
			row(r)
		}
		took = time.Since(begun)
		runtime.ReadMemStats(&after)
		return rows, took, after.TotalAlloc - before.TotalAlloc
	}
	var plain, health time.Duration
	var memory uint64
	for b.Loop() {
		rows, took, _ := list(diag.HasTCPInfo, func(*inspect.Row) {})
		plain += took
		all := inspect.NewListeners()
		var again int
		again, took, memory = list(diag.HasSkMem, all.Add)
		health += took
		through := uint32(0)
		for at := range all.All() {
			through += at.Through.Conns()
		}
		if int(through) != crowd.connected/2 {
			b.Fatalf("%d connections through listeners", through)
		}
		if rows != crowd.sockets() || again != rows || all.Len() != crowd.listeners {
			b.Fatalf("%d and %d sockets, %d listeners", rows, again, all.Len())
		}
	}
	b.ReportMetric(float64(health)/float64(plain), "health/plain")
	b.ReportMetric(float64(plain.Milliseconds())/float64(b.N), "plain-ms")
	b.ReportMetric(float64(health.Milliseconds())/float64(b.N), "health-ms")
	b.ReportMetric(float64(memory)/float64(crowd.listeners), "B/listener")
}
