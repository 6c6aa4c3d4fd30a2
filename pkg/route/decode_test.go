//go:build linux

package route

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/nl"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// replay opens the recording of routes.
func replay(t testing.TB) *Conn {
	t.Helper()
	return replayFile(t, "routes.rec")
}

// replayFile opens a recording of testdata; integration/route_test.go and tablestats_test.go made them.
func replayFile(t testing.TB, name string) *Conn {
	t.Helper()
	c, err := Dial(&Config{Replay: recording(t, name)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func recording(t testing.TB, name string) *nl.Recording {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // it is only read
	rec, err := nl.OpenRecording(f)
	if err != nil {
		t.Skip(err) // recorded in the other byte order
	}
	return rec
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		w, g := "(none)", "(none)"
		if i < len(a) {
			w = a[i]
		}
		if i < len(b) {
			g = b[i]
		}
		if w != g {
			t.Errorf("%s:%d\nwant %s\n got %s", name, i+1, w, g)
		}
	}
}

// show formats all fields of a route.
func show(r *Route) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v %v from %v table=%v proto=%v scope=%v tos=%#x flags=%#x has=%#x\n",
		r.Family, r.Type, r.Dst, r.Src, r.Table, r.Protocol, r.Scope, r.TOS, r.Flags, uint64(r.Has))
	fmt.Fprintf(&b, "\tsrc=%v prio=%d pref=%v realm=%#x mark=%d uid=%d nh=%d iif=%d ttl=%d ipproto=%d cache=%+v\n",
		r.PrefSrc, r.Priority, r.Pref, r.Realm, r.Mark, r.UID, r.NexthopID, r.InIface, r.TTLPropagate, r.IPProto, r.Cache)
	for h := range r.Hops() {
		fmt.Fprintf(&b, "\tvia %v dev %d weight %d flags=%#x realm=%#x", h.Gateway, h.Iface, h.Weight, uint32(h.Flags), h.Realm)
		if e, ok := h.Encap(); ok {
			fmt.Fprintf(&b, " encap %s", e.AppendTo(nil))
		}
		b.WriteString("\n")
	}
	for m := MetricLock; m < numMetrics+2; m++ {
		if v, ok := r.Metrics.Get(m); ok {
			fmt.Fprintf(&b, "\t%v=%d %v", m, v, r.Metrics.Locked(m))
		}
		if d, ok := r.Metrics.Duration(m); ok {
			fmt.Fprintf(&b, "\t%v=%v %v", m, d, r.Metrics.Locked(m))
		}
	}
	fmt.Fprintf(&b, "\tcong=%s\n", r.Metrics.Cong())
	return b.String()
}

func showRule(r *Rule) string {
	c := *r
	c.raw, c.iif, c.oif = nil, nil, nil
	return fmt.Sprintf("%+v iif=%s oif=%s not=%v %v\n", c, r.InIface(), r.OutIface(), r.Inverted(), r.Action)
}

func showNeighbor(n *Neighbor) string {
	c := *n
	c.raw, c.hw = nil, nil
	c.Confirmed, c.Used, c.Updated, c.References = 0, 0, 0, 0
	return fmt.Sprintf("%+v hw=%x router=%v proxy=%v\n", c, n.HW(), n.Router(), n.Proxy())
}

func showNexthop(n *Nexthop) string {
	c := *n
	c.raw, c.encap, c.group = nil, nil, nil
	var b strings.Builder
	fmt.Fprintf(&b, "%+v group=%v", c, n.Group())
	for m := range n.Members() {
		fmt.Fprintf(&b, " %d*%d", m.ID, m.Weight)
	}
	h := n.Hop()
	if e, ok := h.Encap(); ok {
		fmt.Fprintf(&b, " encap %s", e.AppendTo(nil))
	}
	return b.String() + "\n"
}

func TestRecorded(t *testing.T) {
	c := replay(t)
	var b strings.Builder
	routes, err := c.List(t.Context(), &Query{})
	for _, r := range routes {
		b.WriteString(show(r))
	}
	fmt.Fprintln(&b, "routes end", err)
	rules, err := c.ListRules(t.Context(), 0)
	for _, r := range rules {
		b.WriteString(showRule(r))
	}
	fmt.Fprintln(&b, "rules end", err)
	neighbors, err := c.ListNeighbors(t.Context(), &NeighborQuery{})
	for _, n := range neighbors {
		b.WriteString(showNeighbor(n))
	}
	fmt.Fprintln(&b, "neighbors end", err)
	nexthops, err := c.ListNexthops(t.Context(), 0)
	for _, n := range nexthops {
		b.WriteString(showNexthop(n))
	}
	fmt.Fprintln(&b, "nexthops end", err)
	if c.Stats().Malformed != 0 {
		t.Errorf("%d malformed attributes", c.Stats().Malformed)
	}
	golden(t, "routes.golden", b.String())
}

// TestReplayFilters checks filtered queries on a recording of all routes.
func TestReplayFilters(t *testing.T) {
	c := replay(t)
	all, err := c.List(t.Context(), &Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []Query{
		{Table: TableMain},
		{Type: TypeBlackhole},
		{Protocol: ProtocolKernel},
		{Family: unix.AF_INET6},
		{Iface: 1},
		{Family: unix.AF_INET, Table: TableLocal, Type: TypeBroadcast},
	} {
		want := 0
		for _, r := range all {
			one := q
			if one.Family == 0 {
				one.Family = r.Family
			}
			if one.selects(r) {
				want++
			}
		}
		got, err := c.List(t.Context(), &q)
		if err != nil || len(got) != want || want == 0 || want == len(all) {
			t.Errorf("%+v: %d routes of %d, %v, want %d", q, len(got), len(all), err, want)
		}
	}
	for _, q := range []Query{{Cloned: true}, {Prefix: true}} {
		if _, err := c.List(t.Context(), &q); !errors.Is(err, ErrNotRecorded) {
			t.Errorf("%+v: %v, want ErrNotRecorded", q, err)
		}
	}
}

func TestNexthopSet(t *testing.T) {
	c := replay(t)
	set, err := c.LoadNexthops(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for r, err := range c.Routes(t.Context(), &Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.NexthopID == 0 {
			continue
		}
		seen++
		var told, known []string
		for h := range r.Hops() {
			told = append(told, fmt.Sprint(h.Gateway, h.Iface, h.Weight))
		}
		for h := range set.Hops(r) {
			known = append(known, fmt.Sprint(h.Gateway, h.Iface, h.Weight))
		}
		if r.Type == TypeUnicast && strings.Join(told, " ") != strings.Join(known, " ") {
			t.Errorf("%v: the route says %q, its nexthop object %q", r.Dst, told, known)
		}
	}
	if seen == 0 {
		t.Error("no route with a nexthop object")
	}
}

type messages struct{ routes, rules, neighbors, nexthops [][]byte }

// payloads returns the messages of the recording.
func payloads(t testing.TB) (m messages) {
	t.Helper()
	c := replay(t)
	for r, err := range c.Routes(t.Context(), &Query{}) {
		if err == nil {
			m.routes = append(m.routes, bytes.Clone(r.raw))
		}
	}
	for r, err := range c.Rules(t.Context(), 0) {
		if err == nil {
			m.rules = append(m.rules, bytes.Clone(r.raw))
		}
	}
	for n, err := range c.Neighbors(t.Context(), &NeighborQuery{}) {
		if err == nil {
			m.neighbors = append(m.neighbors, bytes.Clone(n.raw))
		}
	}
	for n, err := range c.Nexthops(t.Context(), 0) {
		if err == nil {
			m.nexthops = append(m.nexthops, bytes.Clone(n.raw))
		}
	}
	return m
}

// each decodes a message of every kind and shows it.
func each(m messages, f func(name string, b []byte, show func([]byte) string)) {
	for _, b := range m.routes {
		f("route", b, func(b []byte) string {
			var r Route
			_, err := r.decode(b)
			return fmt.Sprint(show(&r), err)
		})
	}
	for _, b := range m.rules {
		f("rule", b, func(b []byte) string {
			var r Rule
			_, err := r.decode(b)
			return fmt.Sprint(showRule(&r), err)
		})
	}
	for _, b := range m.neighbors {
		f("neighbor", b, func(b []byte) string {
			var n Neighbor
			_, err := n.decode(b)
			return fmt.Sprint(showNeighbor(&n), err)
		})
	}
	for _, b := range m.nexthops {
		f("nexthop", b, func(b []byte) string {
			var n Nexthop
			_, err := n.decode(b)
			return fmt.Sprint(showNexthop(&n), err)
		})
	}
}

// TestCut cuts every message at every byte: the result may be an error or absent parts, but no panic.
func TestCut(t *testing.T) {
	n := 0
	each(payloads(t), func(_ string, b []byte, show func([]byte) string) {
		for i := range b {
			_ = show(b[:i:i])
		}
		n++
	})
	if n < 20 {
		t.Errorf("only %d messages", n)
	}
}

func TestDecodeAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	m := payloads(t)
	var r Route
	var u Rule
	var b Neighbor
	var x Nexthop
	sum, buf := 0, make([]byte, 0, 512)
	n := testing.AllocsPerRun(100, func() {
		for _, p := range m.routes {
			_, _ = r.decode(p) // TestRecorded checks what it returns
			for h := range r.Hops() {
				e, _ := h.Encap()
				sum += len(e.AppendTo(buf))
			}
		}
		for _, p := range m.rules {
			_, _ = u.decode(p)
		}
		for _, p := range m.neighbors {
			_, _ = b.decode(p)
		}
		for _, p := range m.nexthops {
			_, _ = x.decode(p)
			for m := range x.Members() {
				sum += int(m.ID)
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestIPv6Entries(t *testing.T) {
	var b strings.Builder
	for e, err := range IPv6Entries(&Config{Replay: recording(t, "routes.rec")}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%v %v %v %d %d %d %#x %s\n", e.Dst, e.Src, e.Gateway, int32(e.Metric), e.Ref, e.Use, e.Flags, e.Iface())
	}
	golden(t, "ipv6_route.golden", b.String())
}

func TestIPv6EntryAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	line := []byte("fe800000000000000000000000000000 40 00000000000000000000000000000000 00 " +
		"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0")
	var e IPv6Entry
	if n := testing.AllocsPerRun(100, func() { e.parse(line) }); n != 0 || string(e.Iface()) != "eth0" || e.Ref != 1 {
		t.Errorf("%v allocations, want 0; %+v", n, e)
	}
}

func FuzzIPv6Entries(f *testing.F) {
	f.Add([]byte("fe800000000000000000000000000000 40 00000000000000000000000000000000 00 " +
		"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		parseIPv6Entries(bytes.NewReader(b), func(e *IPv6Entry, _ error) bool {
			return e != nil && len(e.Iface()) <= 16
		})
	})
}

func FuzzDecode(f *testing.F) {
	kinds := map[string]int{"route": 0, "rule": 1, "neighbor": 2, "nexthop": 3}
	each(payloads(f), func(name string, b []byte, _ func([]byte) string) { f.Add(kinds[name], b) })
	f.Fuzz(func(t *testing.T, kind int, b []byte) {
		one := [][]byte{b}
		m := [...]messages{{routes: one}, {rules: one}, {neighbors: one}, {nexthops: one}}[uint(kind)%4]
		each(m, func(name string, b []byte, show func([]byte) string) {
			if got, want := show(bytes.Clone(b)), show(b); got != want {
				t.Fatalf("%s: %s, then %s", name, want, got)
			}
		})
	})
}

func BenchmarkDecodeRoute(b *testing.B) {
	m := payloads(b)
	var r Route
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range m.routes {
			_, _ = r.decode(p) // TestRecorded checks what it returns
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(m.routes)), "ns/route")
}
