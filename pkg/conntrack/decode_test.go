//go:build linux

package conntrack

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/nl"
)

var update = flag.Bool("update", false, "rewrite testdata/flows.golden")

// replay opens a recording of testdata; integration/conntrack_test.go and tablestats_test.go made them.
func replay(t testing.TB, name string) *Conn {
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
	c, err := Dial(&Config{Replay: rec})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// show formats all fields of a flow.
func show(f *Flow) string {
	c := *f
	c.raw, c.helper, c.context, c.labels = nil, nil, nil, nil
	return fmt.Sprintf("%+v state=%s helper=%s context=%s labels=%x nat=%v,%v mirrored=%v %v\n", c, f.StateName(),
		f.Helper(), f.Context(), f.Labels(), f.SrcNAT(), f.DstNAT(), f.Mirrored(), f.Orig.Source())
}

func list(t testing.TB, q *Query) (flows []*Flow) {
	t.Helper()
	for f, err := range replay(t, "flows.rec").Flows(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		flows = append(flows, f.Clone())
	}
	return flows
}

func TestRecorded(t *testing.T) {
	var b strings.Builder
	for _, f := range list(t, &Query{}) {
		b.WriteString(show(f))
	}
	const path = "testdata/flows.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || b.String() != string(want) {
		t.Errorf("%v\nwant\n%s\ngot\n%s", err, want, b.String())
	}
}

// TestReplayFilters checks filtered queries on a recording of all flows, which is also the reply of a
// kernel that ignores filters.
func TestReplayFilters(t *testing.T) {
	all := list(t, &Query{})
	for _, q := range []Query{
		{Family: unix.AF_INET6},
		{NAT: NATAny},
		{NAT: NATSrc},
		{NAT: NATDst},
		{Mark: 7, MarkMask: 7},
		{Proto: unix.IPPROTO_TCP},
		{Proto: unix.IPPROTO_TCP, DstPort: 80, Family: unix.AF_INET},
		{Status: 0, StatusMask: StatusSeenReply},
		{Status: StatusAssured, StatusMask: StatusAssured},
		{Src: netip.MustParseAddr("10.0.0.1")},
		{HasZone: true, Zone: 9},
	} {
		want := 0
		for _, f := range all {
			if q.selects(f) {
				want++
			}
		}
		if got := len(list(t, &q)); got != want || want == 0 || want == len(all) {
			t.Errorf("%+v: %d flows of %d, want %d", q, got, len(all), want)
		}
	}
}

func TestExplain(t *testing.T) {
	for errno, want := range map[unix.Errno]error{
		unix.EPERM: ErrPermission, unix.EINVAL: errors.ErrUnsupported, unix.EPROTONOSUPPORT: errors.ErrUnsupported,
	} {
		err := explain(&nl.Error{Op: "dump flows", Errno: errno})
		if !errors.Is(err, want) || !errors.Is(err, errno) {
			t.Errorf("%v: %v, want %v", errno, err, want)
		}
	}
}

// TestCut cuts every message at every byte: the result may be an error or absent parts, but no panic.
func TestCut(t *testing.T) {
	for _, f := range list(t, &Query{}) {
		for n := range f.raw {
			var g Flow
			_, _ = g.decode(f.raw[:n:n])
			_ = show(&g)
		}
	}
}

func TestClone(t *testing.T) {
	for _, f := range list(t, &Query{}) {
		c, want := f.Clone(), show(f)
		clear(f.raw)
		if got := show(c); got != want {
			t.Errorf("the clone changes with the buffer:\nwant %s\ngot %s", want, got)
		}
	}
}

func TestTupleRoundTrip(t *testing.T) {
	for _, want := range []Tuple{
		{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), Proto: 6, SrcPort: 1, DstPort: 65535},
		{Src: netip.MustParseAddr("fd00::1"), Dst: netip.MustParseAddr("fd00::2"), Proto: 17, SrcPort: 53, DstPort: 5353},
		{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"), Proto: 1, ICMPType: 8, ICMPID: 77},
		{Src: netip.MustParseAddr("fd00::1"), Dst: netip.MustParseAddr("fd00::2"), Proto: 58, ICMPType: 128, ICMPID: 77},
	} {
		attrs := nl.Attrs(want.append(nil, ctaTupleOrig))
		_, val, ok := attrs.Next()
		var got Tuple
		if !ok || !got.decode(val) || got != want {
			t.Errorf("%+v became %+v", want, got)
		}
	}
}

func TestDecodeAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	flows := list(t, &Query{})
	var f Flow
	buf := make([]byte, 0, 128)
	n := testing.AllocsPerRun(100, func() {
		for _, g := range flows {
			_, _ = f.decode(g.raw) // TestRecorded checks what it returns
			buf = f.Status.AppendTo(buf[:0])
			_ = f.StateName()
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range list(f, &Query{}) {
		f.Add(g.raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var g Flow
		if _, err := g.decode(b); err != nil {
			return
		}
		if got, want := show(g.Clone()), show(&g); got != want {
			t.Fatalf("the clone differs:\nwant %s\ngot %s", want, got)
		}
		q := Query{NAT: NATAny, StatusMask: StatusAssured}
		_ = q.selects(&g)
	})
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, recorded []byte) {
		q := Query{Family: unix.AF_INET, Proto: 6}
		payload := q.append(nil)
		if q.answers(payload)(recorded) && len(recorded) != nfgenLen && !bytes.Equal(recorded, payload) {
			t.Fatalf("%x answers %x", recorded, payload)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	flows := list(b, &Query{})
	var f Flow
	b.ReportAllocs()
	for b.Loop() {
		for _, g := range flows {
			_, _ = f.decode(g.raw) // TestRecorded checks what it returns
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(flows)), "ns/flow")
}
