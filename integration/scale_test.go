//go:build integration

package integration

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/load"
	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// median runs f a few times and returns the median of how long it took.
func median(f func()) time.Duration {
	var all []time.Duration
	for range 5 {
		start := time.Now()
		f()
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// bareLoop sends a dump request and reads the reply without decoding it.
func bareLoop(t *testing.T, protocol int, typ uint16, payload []byte) (messages int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing is written at close
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	b = append(append(b, make([]byte, 8)...), payload...)
	if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil {
			t.Fatal(err)
		}
		for d := buf[:n]; len(d) >= unix.NLMSG_HDRLEN; {
			if binary.NativeEndian.Uint16(d[4:]) == unix.NLMSG_DONE {
				return messages
			}
			messages++
			d = d[min((int(binary.NativeEndian.Uint32(d))+3)&^3, len(d)):]
		}
	}
}

// frugal runs f and returns its allocations and the growth of the heap.
func frugal(f func()) (objects, octets uint64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

// TestMillionRoutes lists a table of a million routes: the memory is that of a small one.
func TestMillionRoutes(t *testing.T) {
	const n = 1_000_000
	ns := harness.New(t)
	l, err := load.Start(&load.Spec{Routes: n})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	c := routeConn(t, ns, nil)
	list := func() {
		rows := 0
		for r, err := range c.Routes(t.Context(), &route.Query{Family: unix.AF_INET, Table: route.TableMain}) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Iface != 1 {
				t.Fatalf("route to %v over link %d", r.Dst, r.Iface)
			}
			rows++
		}
		if rows != n {
			t.Fatalf("%d routes, want %d", rows, n)
		}
	}
	list()
	objects, octets := frugal(list)
	if objects > 1000 || octets > 1<<20 {
		t.Errorf("%d objects of %d bytes allocated for %d routes", objects, octets, n)
	}
	ours := median(list)
	bare := median(func() {
		b := make([]byte, unix.SizeofRtMsg)
		b[0] = unix.AF_INET
		bareLoop(t, unix.NETLINK_ROUTE, unix.RTM_GETROUTE, b)
	})
	t.Logf("%d routes in %v, %d objects of %d bytes; a bare loop takes %v", n, ours, objects, octets, bare)
}

// TestManyFlows compares a dump of 50,000 flows with a bare loop.
func TestManyFlows(t *testing.T) {
	const n = 50_000
	ns := harness.New(t)
	l, err := load.Start(&load.Spec{Conntrack: n})
	if err != nil {
		t.Skipf("no connection tracking: %v", err)
	}
	defer l.Stop()
	c, err := conntrack.Dial(&conntrack.Config{NetNS: ns.FD()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	list := func(q *conntrack.Query) (rows int) {
		for _, err := range c.Flows(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		return rows
	}
	if got := list(&conntrack.Query{}); got != n {
		t.Fatalf("%d flows, want %d", got, n)
	}
	objects, _ := frugal(func() { list(&conntrack.Query{}) })
	ours := median(func() { list(&conntrack.Query{}) })
	bare := median(func() {
		if got := bareLoop(t, unix.NETLINK_NETFILTER, unix.NFNL_SUBSYS_CTNETLINK<<8+1, make([]byte, 4)); got != n {
			t.Fatalf("%d messages, want %d", got, n)
		}
	})
	nat := median(func() { list(&conntrack.Query{NAT: conntrack.NATAny}) })
	t.Logf("%d flows in %v, %d objects; bare loop %v (%.2f times); NATed alone %v",
		n, ours, objects, bare, ours.Seconds()/bare.Seconds(), nat)
	if objects > 1000 {
		t.Errorf("%d objects allocated for %d flows", objects, n)
	}
}

// TestManyLinks resolves the names of 5,000 links and counts the requests to the kernel.
func TestManyLinks(t *testing.T) {
	const n = 5_000
	ns := harness.New(t)
	var batch bytes.Buffer
	for i := range n / 2 {
		fmt.Fprintf(&batch, "link add a%d type veth peer name b%d\n", i, i)
	}
	file := filepath.Join(t.TempDir(), "batch")
	if err := os.WriteFile(file, batch.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := ns.Run("ip", "-batch", file); r.Code != 0 {
		t.Fatalf("ip -batch: %s", r.Stderr)
	}
	var asked requests
	rec := diag.NewRecorder(io.Discard, nil, &asked)
	names := link.NewNames(&link.Config{NetNS: ns.FD(), Record: rec})
	start := time.Now()
	known := 0
	for i := range uint32(n + 1) {
		if names.Name(i+1) != "" {
			known++
		}
	}
	took := time.Since(start)
	if err := names.Err(); err != nil || known != n+1 {
		t.Errorf("%d names, %v, want %d", known, err, n+1)
	}
	if asked != 1 {
		t.Errorf("%d requests for %d names, want 1", asked, n+1)
	}
	c := linkConn(t, ns, nil)
	samples := median(func() {
		for _, err := range c.Samples(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	links := median(func() {
		for _, err := range c.Links(t.Context(), &link.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Logf("%d names in %v by %d request; links %v, samples %v", known, took, asked, links, samples)
	if err := names.Close(); err != nil {
		t.Error(err)
	}
}

// requests counts those that pass a Recorder.
type requests int

func (r *requests) Request(int, uint16, []byte) error    { *r++; return nil }
func (*requests) Reply(int, uint8, uint16, []byte) error { return nil }
func (*requests) File(string, []byte) error              { return nil }
