package metrics

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// held is a process that holds every socket.
type held string

func (held) Owners(inode uint32) []owner.Ref    { return []owner.Ref{{Inode: inode, PID: 1}} }
func (h held) Comm(int32) []byte                { return []byte(h) }
func (h held) Name(int32) []byte                { return []byte(h) }
func (held) Cmdline(int32) []byte               { return nil }
func (held) Ancestry(int32) string              { return "" }
func (held) Group(int32) *cgroup.Group          { return nil }
func (held) Complete() bool                     { return true }
func (held) Absence(*diag.Socket) owner.Absence { return owner.Held }
func row(name string, s diag.Socket) *inspect.Row { //nolint:gocritic // a literal reads best
	s.Family, s.Protocol, s.Inode = unix.AF_INET, unix.IPPROTO_TCP, uint32(s.Cookie)
	return &inspect.Row{Socket: &s, Joins: &inspect.Joins{Owners: held(name)}}
}

func listener(name string, i int, drops uint32) *inspect.Row {
	local := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(i >> 16), byte(i >> 8), byte(i)}), 80)
	r := row(name, diag.Socket{
		State: diag.StateListen, Cookie: uint64(i + 1), Local: local, SendQ: 128, Has: diag.HasSkMem,
	})
	r.SkMem.Len, r.SkMem.Drops = 9, drops
	return r
}

// values returns the samples of a metric.
func values(c *Collector, id ID) []Sample {
	for _, f := range c.Families() {
		if f.Name == Table[id].Name {
			return f.Samples
		}
	}
	return nil
}

// TestBounds has 50,000 listeners, the last of which drop.
func TestBounds(t *testing.T) {
	c := New(&Config{MaxSeries: 1000})
	c.scene = newScene()
	const n, dropping = 50_000, 50
	for i := range n {
		c.scene.add(listener("server", i, uint32(max(0, i-(n-dropping)+1))))
	}
	c.finish(time.Now())
	series := 0
	for _, f := range c.Families() {
		series += len(f.Samples)
	}
	if series > 1000 {
		t.Errorf("%d series, want at most 1000", series)
	}
	found := 0
	for _, s := range values(c, ListenDropped) {
		if s.Value > 0 {
			found++
		}
	}
	if found != dropping {
		t.Errorf("%d of %d listeners with drops", found, dropping)
	}
	if left := values(c, SeriesLeftOut)[0].Value; left < seriesOfListener*(n-maxListeners) {
		t.Errorf("%v series left out", left)
	}
}

// TestDropsGrow replaces a listener by another one of the same address, whose counter begins at zero.
func TestDropsGrow(t *testing.T) {
	c := New(&Config{MaxSeries: 100})
	want := []float64{5, 7, 8}
	for i, r := range []*inspect.Row{listener("a", 1, 5), listener("a", 1, 7), listener("a", 1, 1)} {
		if i == 2 {
			r.Cookie = 99
		}
		c.scene = newScene()
		c.scene.add(r)
		c.finish(time.Now())
		if got := values(c, ListenDropped)[0].Value; got != want[i] {
			t.Errorf("sample %d: %v drops, want %v", i, got, want[i])
		}
	}
}

func connection(name string, cookie, sent uint64) *inspect.Row {
	r := row(name, diag.Socket{State: diag.StateEstablished, Cookie: cookie, Has: diag.HasTCPInfo})
	r.TCP.Len, r.TCP.BytesSent = 1<<10, sent
	return r
}

// TestTraffic follows connections from before the first sample, of a sample, and of none.
func TestTraffic(t *testing.T) {
	c := New(&Config{MaxSeries: 100})
	was := map[uint64]uint64{} // as the watch remembers it
	for _, tt := range []struct {
		change inspect.Change
		cookie uint64
		sent   uint64
		want   float64
	}{
		{inspect.Present, 1, 1000, 0}, // before us
		{inspect.Same, 1, 1100, 100},
		{inspect.Added, 2, 10, 110},
		{inspect.Changed, 2, 30, 130},
		{inspect.Removed, 2, 50, 150},
		{inspect.Removed, 3, 7, 157},    // no sample saw it
		{inspect.Removed, 1, 1100, 157}, // nothing more
	} {
		r := connection("p", tt.cookie, tt.sent)
		r.Rates.Was.Sent, was[tt.cookie] = was[tt.cookie], tt.sent
		c.count(&inspect.Event{Change: tt.change, Row: r})
		if got := values(c, ProcessSent)[0].Value; got != tt.want {
			t.Errorf("%v of %d: %v sent, want %v", tt.change, tt.cookie, got, tt.want)
		}
	}
}

// TestProcesses has more processes than series, whose sums stay what they are.
func TestProcesses(t *testing.T) {
	c := New(&Config{MaxSeries: 5000})
	for i := range 3 * maxProcesses {
		c.count(&inspect.Event{Change: inspect.Added, Row: connection(fmt.Sprint("p", i), uint64(i+1), 1)})
	}
	list := values(c, ProcessSent)
	sum := 0.0
	for _, s := range list {
		sum += s.Value
	}
	if len(list) != maxProcesses+1 || sum != 3*maxProcesses {
		t.Errorf("%d series with %v bytes", len(list), sum)
	}
}

func TestHostileLabels(t *testing.T) {
	c := New(&Config{MaxSeries: 100})
	for i, name := range []string{"a\"b\n{}", "\xff\xfe", "\x1b[31m", "\u202ex", "\u3164", "other"} {
		c.count(&inspect.Event{Change: inspect.Added, Row: connection(name, uint64(i+1), 1)})
	}
	for _, s := range values(c, ProcessSent) {
		for _, l := range s.Labels {
			if !utf8.ValidString(l) || strings.ContainsAny(l, "\n\x1b\u202e\u3164") {
				t.Errorf("label %q", l)
			}
		}
	}
}

// TestConcurrent reads while samples are taken; the race detector looks on.
func TestConcurrent(t *testing.T) {
	c := New(&Config{MaxSeries: 1000})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 100 {
				if len(c.Families()) == 0 {
					t.Error("no families")
				}
			}
		})
	}
	for i := range 100 {
		c.scene = newScene()
		c.scene.add(listener("s", i, 1))
		c.count(&inspect.Event{Change: inspect.Added, Row: connection("p", uint64(i+1), 1)})
		c.finish(time.Now())
	}
	readers.Wait()
}
