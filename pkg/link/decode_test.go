//go:build linux

package link

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

// replay opens a recording of testdata; integration/link_test.go made it.
func replay(t testing.TB, name string) *Conn {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // it is only read
	rec, err := nl.OpenRecording(f)
	if err != nil {
		t.Skipf("%s: %v", name, err) // recorded in the other byte order
	}
	c, err := Dial(&Config{Replay: rec})
	if err != nil {
		t.Fatal(err)
	}
	return c
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
	if got == string(want) {
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		w, g := line(a, i), line(b, i)
		if w != g {
			t.Errorf("%s:%d\nwant %s\n got %s", name, i+1, w, g)
		}
	}
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(none)"
}

// show formats all fields of a link.
func show(l *Link) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s type=%d flags=%#x has=%#x change=%#x deleted=%v\n",
		l.Index, l.Name(), l.Type, l.Flags, uint64(l.Has), l.Change, l.Deleted)
	fmt.Fprintf(&b, "\taddr=%s brd=%s perm=%s alias=%q qdisc=%s\n", AppendHW(nil, l.Addr()),
		AppendHW(nil, l.Broadcast()), AppendHW(nil, l.Permanent()), l.Alias(), l.Qdisc())
	fmt.Fprintf(&b, "\tmtu=%d %d..%d master=%d lower=%d netns=%d txqlen=%d group=%d promisc=%d allmulti=%d\n",
		l.MTU, l.MinMTU, l.MaxMTU, l.Master, l.Lower, l.LowerNetNS, l.TxQueueLen, l.Group, l.Promiscuity, l.AllMulti)
	fmt.Fprintf(&b, "\tqueues=%d,%d gso=%d,%d gro=%d tso=%d,%d\n", l.TxQueues, l.RxQueues,
		l.GSOMaxSegs, l.GSOMaxSize, l.GROMaxSize, l.TSOMaxSize, l.TSOMaxSegs)
	fmt.Fprintf(&b, "\tstate=%v mode=%d carrier=%v proto_down=%v changes=%d=%d+%d map=%+v xdp=%+v\n",
		l.OperState, l.LinkMode, l.Carrier, l.ProtoDown, l.CarrierChanges, l.CarrierUps, l.CarrierDowns, l.Map, l.XDP)
	fmt.Fprintf(&b, "\tstats=%+v drop=%d frame=%d carrier=%d nohandler=%v otherhost=%v\n", l.Stats, l.Stats.RxDrop(),
		l.Stats.RxFrame(), l.Stats.TxCarrier(), l.Stats.HasRxNoHandler(), l.Stats.HasRxOtherHostDropped())
	for n := range l.AltNames() {
		fmt.Fprintf(&b, "\taltname=%s\n", n)
	}
	name, bus := l.Parent()
	port, id, sw := l.Port()
	fmt.Fprintf(&b, "\tparent=%s/%s port=%s/%x/%x\n", bus, name, port, id, sw)
	fmt.Fprintf(&b, "\tkind=%s", l.Kind())
	for d := range l.Details() {
		fmt.Fprintf(&b, " %s=%s", d.Name, d.AppendTo(nil))
	}
	fmt.Fprintf(&b, "\n\tmember=%s", l.MemberKind())
	for d := range l.MemberDetails() {
		fmt.Fprintf(&b, " %s=%s", d.Name, d.AppendTo(nil))
	}
	b.WriteString("\n")
	return b.String()
}

func showAddress(a *Address) string {
	return fmt.Sprintf("%d %v peer=%v brd=%v any=%v flags=%#x scope=%d proto=%d prio=%d pref=%v valid=%v label=%s\n",
		a.Link, a.Prefix, a.Peer, a.Broadcast, a.Anycast, a.Flags, a.Scope, a.Protocol, a.Priority,
		a.Preferred, a.Valid, a.Label())
}

func TestRecorded(t *testing.T) {
	c := replay(t, "links.rec")
	var b strings.Builder
	links, err := c.List(t.Context(), &Query{})
	for _, l := range links {
		b.WriteString(show(l))
	}
	fmt.Fprintln(&b, "links end", err)
	for s, err := range c.Samples(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d %+v\n", s.Index, s.Stats)
	}
	for _, family := range []uint8{0, unix.AF_INET, unix.AF_INET6} {
		addrs, err := c.ListAddresses(t.Context(), &AddressQuery{Family: family})
		for _, a := range addrs {
			b.WriteString(showAddress(a))
		}
		fmt.Fprintln(&b, "addresses end", err)
	}
	if c.Stats().Malformed != 0 {
		t.Errorf("%d malformed attributes", c.Stats().Malformed)
	}
	golden(t, "links.golden", b.String())
}

// TestReplayFilters checks filtered queries on a recording of all links.
func TestReplayFilters(t *testing.T) {
	c := replay(t, "links.rec")
	for _, tt := range []struct {
		name string
		q    Query
		some func(l *Link) bool
	}{
		{"kind", Query{Kind: "veth"}, func(l *Link) bool { return string(l.Kind()) == "veth" }},
		{"bridge", Query{Kind: "bridge"}, func(l *Link) bool { return string(l.Kind()) == "bridge" }},
	} {
		n := 0
		for l, err := range c.Links(t.Context(), &tt.q) {
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if !tt.some(l) {
				t.Errorf("%s: %s is not selected", tt.name, l.Name())
			}
			n++
		}
		if n == 0 {
			t.Errorf("%s: no links", tt.name)
		}
	}
}

// payloads returns the messages of the recording.
func payloads(t testing.TB) (links, addrs [][]byte) {
	t.Helper()
	c := replay(t, "links.rec")
	for l, err := range c.Links(t.Context(), &Query{}) {
		if err == nil {
			links = append(links, bytes.Clone(l.raw))
		}
	}
	for a, err := range c.Addresses(t.Context(), &AddressQuery{}) {
		if err == nil {
			addrs = append(addrs, bytes.Clone(a.raw))
		}
	}
	return links, addrs
}

// TestCut cuts every message at every byte: the result may be an error or absent parts, but no
// panic.
func TestCut(t *testing.T) {
	links, addrs := payloads(t)
	for _, b := range links {
		for n := range b {
			var l Link
			if _, err := l.decode(b[:n:n]); n < unix.SizeofIfInfomsg && !errors.Is(err, ErrMalformed) {
				t.Errorf("%d bytes: %v, want ErrMalformed", n, err)
			}
			_ = show(&l)
		}
	}
	for _, b := range addrs {
		for n := range b {
			var a Address
			_, _ = a.decode(b[:n:n]) // must not panic
			_ = showAddress(&a)
		}
	}
}

func TestClone(t *testing.T) {
	links, _ := payloads(t)
	for _, b := range links {
		var l Link
		if _, err := l.decode(b); err != nil {
			t.Fatal(err)
		}
		c := l.Clone()
		want := show(&l)
		clear(b)
		if got := show(c); got != want {
			t.Errorf("the clone changes with the buffer:\nwant %s\ngot %s", want, got)
		}
	}
}

func TestDecodeAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	links, addrs := payloads(t)
	var l Link
	var a Address
	sum, buf := 0, make([]byte, 0, 64)
	n := testing.AllocsPerRun(100, func() {
		for _, b := range links {
			_, _ = l.decode(b) // TestRecorded checks what it returns
			for n := range l.AltNames() {
				sum += len(n)
			}
			for d := range l.Details() {
				sum += len(d.AppendTo(buf))
			}
			for d := range l.MemberDetails() {
				sum += len(d.AppendTo(buf))
			}
		}
		for _, b := range addrs {
			_, _ = a.decode(b)
			sum += len(a.Label())
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for %d messages, want 0", n, len(links)+len(addrs))
	}
}

func TestStatsSub(t *testing.T) {
	before := Stats{RxBytes: 10, TxBytes: 7, RxPackets: 5}
	after := Stats{RxBytes: 15, TxBytes: 3, RxPackets: 5}
	if d := after.Sub(&before); d.RxBytes != 5 || d.TxBytes != 3 || d.RxPackets != 0 {
		t.Errorf("Sub = %+v", d)
	}
	if after.RxBytes != 15 || before.RxBytes != 10 {
		t.Error("Sub changes its arguments")
	}
}

func FuzzLink(f *testing.F) {
	links, _ := payloads(f)
	for _, b := range links {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var l Link
		if _, err := l.decode(b); err != nil {
			return
		}
		if got, want := show(l.Clone()), show(&l); got != want {
			t.Fatalf("the clone differs:\nwant %s\ngot %s", want, got)
		}
	})
}

func FuzzAddress(f *testing.F) {
	_, addrs := payloads(f)
	for _, b := range addrs {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var a Address
		if _, err := a.decode(b); err != nil {
			return
		}
		if got, want := showAddress(a.Clone()), showAddress(&a); got != want {
			t.Fatalf("the clone differs: want %s, got %s", want, got)
		}
	})
}

func FuzzSample(f *testing.F) {
	f.Add(nl.AppendAttr(make([]byte, statsMsgLen), statsLink64, make([]byte, 200)))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var s Sample
		_, _ = s.decode(b) // must not panic
	})
}
