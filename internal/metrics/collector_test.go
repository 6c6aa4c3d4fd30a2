package metrics

import (
	"fmt"
	"net/netip"
	"slices"
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
func (held) Absence(*diag.Socket) owner.Absence { return owner.AbsenceNone }
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

// sample takes a sample of rows that were there before.
func sample(t *testing.T, c *Collector, rows ...*inspect.Row) {
	t.Helper()
	events := make([]*inspect.Event, len(rows))
	for i, r := range rows {
		events[i] = &inspect.Event{Change: inspect.ChangeNone, Row: r}
	}
	sampleOf(t, c, events...)
}

func sampleOf(t *testing.T, c *Collector, events ...*inspect.Event) {
	t.Helper()
	c.begin(t.Context(), time.Now())
	for _, e := range events {
		c.add(e)
	}
	c.finish(t.Context(), &inspect.Report{})
}

// total sums the samples of a metric.
func total(c *Collector, id ID) (sum float64) {
	for _, s := range values(c, id) {
		sum += s.Value
	}
	return sum
}

// of returns the value of the series with some labels, -1 if there is none.
func of(c *Collector, id ID, labels ...string) float64 {
	for _, s := range values(c, id) {
		if slices.Equal(s.Labels, labels) {
			return s.Value
		}
	}
	return -1
}

// TestBounds has 50,000 listeners, the last of which drop.
func TestBounds(t *testing.T) {
	c := New(&Config{MaxSeries: 1000})
	const n, dropping = 50_000, 30
	rows := make([]*inspect.Row, n)
	for i := range n {
		rows[i] = listener("server", i, uint32(max(0, i-(n-dropping)+1)))
	}
	sample(t, c, rows...)
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
	if got := total(c, AcceptLimit); got != 128*n {
		t.Errorf("limits of %v, want %v with those of other", got, 128*n)
	}
	if left := of(c, SeriesLeftOut, PartListeners); left < seriesOfListener*(n-200) {
		t.Errorf("%v series left out", left)
	}
}

// TestNamespaces has more namespaces than series.
func TestNamespaces(t *testing.T) {
	c := New(&Config{MaxSeries: 1000, Off: []string{PartListeners, PartProcesses}})
	const n = 200
	var rows []*inspect.Row
	for i := range n {
		for j := range i + 1 {
			r := connection("p", uint64(1000*i+j+1), 1)
			r.NetNS, r.Netns = uint64(i+1), fmt.Sprint("ns", i)
			rows = append(rows, r)
		}
	}
	sample(t, c, rows...)
	if got := total(c, Sockets); int(got) != len(rows) {
		t.Errorf("%v sockets, want %d", got, len(rows))
	}
	if of(c, Sockets, "ns199", "tcp", "established") != 200 || of(c, Sockets, "ns0", "tcp", "established") != -1 {
		t.Error("the namespaces with the most sockets have no series")
	}
	if of(c, SeriesLeftOut, PartSockets) <= 0 || of(c, Sockets, other, "tcp", "established") <= 0 {
		t.Error("nothing is left out")
	}
}

// TestDropsGrow replaces a listener by another one of the same address, whose counter begins at zero.
func TestDropsGrow(t *testing.T) {
	c := New(&Config{MaxSeries: 5000})
	want := []float64{5, 7, 8}
	for i, r := range []*inspect.Row{listener("a", 1, 5), listener("a", 1, 7), listener("a", 1, 1)} {
		if i == 2 {
			r.Cookie = 99
		}
		sample(t, c, r)
		if got := values(c, ListenDropped)[0].Value; got != want[i] {
			t.Errorf("sample %d: %v drops, want %v", i, got, want[i])
		}
	}
}

// through is a connection that came through the first listener.
func through(cookie uint64, accepted bool) *inspect.Row {
	r := connection("server", cookie, 1)
	r.Local = listener("server", 1, 0).Local
	r.Remote = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 7}), uint16(1000+cookie))
	if !accepted {
		r.Inode = 0
	}
	return r
}

// TestAccepted counts connections that wait, are accepted, and come and go between samples.
func TestAccepted(t *testing.T) {
	c := New(&Config{MaxSeries: 5000})
	l := func() *inspect.Event {
		return &inspect.Event{Change: inspect.ChangeNone, Row: listener("server", 1, 0)}
	}
	at := func(change inspect.Change, cookie uint64, accepted bool) *inspect.Event {
		return &inspect.Event{Change: change, Row: through(cookie, accepted)}
	}
	for i, tt := range []struct {
		events []*inspect.Event
		ended  []*inspect.Event
		want   float64
	}{
		{events: []*inspect.Event{l(), at(inspect.ChangePresent, 10, true), at(inspect.ChangePresent, 11, false)}, want: 0},
		{events: []*inspect.Event{l(), at(inspect.ChangeNone, 10, true), at(inspect.ChangeNone, 11, true)}, want: 1},
		{events: []*inspect.Event{l(), at(inspect.ChangeAdded, 12, false), at(inspect.ChangeAdded, 13, true)}, want: 2},
		{events: []*inspect.Event{l(), at(inspect.ChangeNone, 12, true)}, want: 3},
		{ended: []*inspect.Event{at(inspect.ChangeRemoved, 14, true)}, events: []*inspect.Event{l()}, want: 4},
	} {
		for _, e := range tt.ended {
			c.end(e)
		}
		sampleOf(t, c, tt.events...)
		if got := total(c, ListenAccepted); got != tt.want {
			t.Errorf("sample %d: %v accepted, want %v", i, got, tt.want)
		}
	}
}

// TestSocketDropped follows sockets that drop, one after the other, and more than there is room for.
func TestSocketDropped(t *testing.T) {
	c := New(&Config{MaxSeries: 5000})
	dropper := func(cookie uint64, port uint16, n uint32) *inspect.Row {
		r := row("dns", diag.Socket{
			State: diag.StateClose, Cookie: cookie, Has: diag.HasSkMem,
			Local: netip.AddrPortFrom(netip.IPv4Unspecified(), port),
		})
		r.Protocol, r.SkMem.Len, r.SkMem.Drops = unix.IPPROTO_UDP, 9, n
		return r
	}
	sample(t, c, dropper(1, 53, 5), dropper(2, 54, 0))
	sample(t, c, dropper(1, 53, 7), dropper(2, 54, 0))
	sample(t, c, dropper(3, 53, 2), dropper(2, 54, 0)) // started again
	if got := of(c, SocketDropped, inspect.Self, "udp", "0.0.0.0:53", "dns"); got != 9 {
		t.Errorf("%v dropped, want 9", got)
	}
	if n := len(values(c, SocketDropped)); n != 1 {
		t.Errorf("%d series, want that of the socket that dropped alone", n)
	}
	var many []*inspect.Row
	for i := range 300 {
		many = append(many, dropper(uint64(100+i), uint16(1000+i), 1))
	}
	sample(t, c, many...)
	if n := len(values(c, SocketDropped)); n > 101 || total(c, SocketDropped) != 300 {
		t.Errorf("%d series with %v dropped", n, total(c, SocketDropped))
	}
}

// TestRemotes has services and clients, more than there is room for, that send again.
func TestRemotes(t *testing.T) {
	c := New(&Config{MaxSeries: 5000, Remotes: 2})
	calls := func(cookie uint64, to string, resent uint64) *inspect.Row {
		r := connection("app", cookie, 100)
		r.Local, r.Remote = netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort(to)
		r.TCP.RTT, r.TCP.BytesRetrans = 2000, resent
		return r
	}
	events := func(resent uint64) (list []*inspect.Event) {
		rows := []*inspect.Row{
			listener("server", 1, 0), through(10, true), through(11, true), through(12, true),
			calls(20, "192.0.2.9:443", resent), calls(21, "192.0.2.9:443", 0), calls(22, "192.0.2.10:443", resent),
		}
		for _, r := range rows {
			r.Rates.Was = inspect.Counters{Valid: true, Sent: r.TCP.BytesSent, Resent: r.TCP.BytesRetrans}
			if r.TCP.BytesRetrans > 0 {
				r.Rates.Was.Resent--
			}
			list = append(list, &inspect.Event{Change: inspect.ChangeNone, Row: r})
		}
		return list
	}
	sampleOf(t, c, events(0)...)
	sampleOf(t, c, events(5)...)
	for _, tt := range []struct {
		process, remote string
		conns, resent   float64
	}{{"server", "192.0.2.7", 3, 0}, {"app", "192.0.2.9:443", 2, 1}, {other, other, 1, 1}} {
		netns := inspect.Self
		if tt.process == other {
			netns = other
		}
		if got := of(c, RemoteConns, netns, tt.process, tt.remote, "established"); got != tt.conns {
			t.Errorf("%s of %s has %v connections, want %v", tt.remote, tt.process, got, tt.conns)
		}
		if got := of(c, RemoteRetransmitted, netns, tt.process, tt.remote); got != tt.resent {
			t.Errorf("%s of %s was sent %v bytes again, want %v", tt.remote, tt.process, got, tt.resent)
		}
	}
	if left := of(c, SeriesLeftOut, PartRemotes); left != float64(seriesOfRemote) {
		t.Errorf("%v series left out", left)
	}
	for _, s := range values(c, RemoteRTT) {
		if s.Labels[1] == "app" && (s.Buckets[2] != 2 || s.Value != .004) {
			t.Errorf("round-trip times %v of %v s", s.Buckets, s.Value)
		}
	}
}

// TestManyRemotes has more addresses than candidates: every connection is counted once.
func TestManyRemotes(t *testing.T) {
	s := newRemotes(3)
	const n = 3 * mostRemotes
	for i := range n {
		r := through(uint64(i+1), true)
		key := remoteKey{"self", "p", netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 0}
		s.add(key, r)
		if i%2 == 0 {
			key.addr = netip.AddrFrom4([4]byte{10, 1, 0, byte(i % 6)})
			s.add(key, r)
		}
	}
	var all [numMetrics][]Sample
	s.families(&all)
	counted := 0.0
	for _, sample := range all[RemoteConns] {
		counted += sample.Value
	}
	if counted != n+n/2 || all[RemoteConns][0].Value < n/6-10 {
		t.Errorf("%v connections of %d, %v of the first", counted, n+n/2, all[RemoteConns][0])
	}
}

// TestOff turns collectors off one by one: their metrics are gone, and nothing else is.
func TestOff(t *testing.T) {
	for _, part := range PartNames() {
		c := New(&Config{MaxSeries: 5000, Remotes: 5, Off: []string{part}})
		r := connection("app", 20, 1)
		sample(t, c, listener("a", 1, 5), through(10, true), r)
		for _, m := range c.Metrics() {
			if m.Part == part {
				t.Errorf("%s is off and has %s", part, m.Name)
			}
		}
		seen := map[string]bool{}
		for _, f := range c.Families() {
			seen[f.Part] = true
		}
		for _, want := range []string{"", PartSockets, PartListeners, PartProcesses, PartRemotes} {
			if seen[want] == (want == part) {
				t.Errorf("without %s: families of %q: %t", part, want, seen[want])
			}
		}
	}
}

// TestListenerLabels adds the unit and the container of listeners.
func TestListenerLabels(t *testing.T) {
	c := New(&Config{MaxSeries: 5000, Labels: []string{"unit", "container"}})
	sample(t, c, listener("a", 1, 5))
	for _, f := range c.Families() {
		for _, s := range f.Samples {
			if len(s.Labels) != len(f.Labels) {
				t.Errorf("%s has %d values for labels %v", f.Name, len(s.Labels), f.Labels)
			}
		}
		if f.Part == PartListeners && f.Labels[3] != "unit" {
			t.Errorf("%s has labels %v", f.Name, f.Labels)
		}
	}
}

// TestCheck refuses what has no room.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		fits bool
	}{
		{Config{MaxSeries: 5000, Remotes: 50}, true},
		{Config{MaxSeries: 1000, Remotes: 50}, false},
		{Config{MaxSeries: 1000}, true},
	} {
		if err := tt.cfg.Check(); (err == nil) != tt.fits {
			t.Errorf("%+v: %v", tt.cfg, err)
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
	c := New(&Config{MaxSeries: 5000})
	was := map[uint64]uint64{} // as the watch remembers it
	for _, tt := range []struct {
		change inspect.Change
		cookie uint64
		sent   uint64
		want   float64
	}{
		{inspect.ChangePresent, 1, 1000, 0}, // before us
		{inspect.ChangeNone, 1, 1100, 100},
		{inspect.ChangeAdded, 2, 10, 110},
		{inspect.ChangeChanged, 2, 30, 130},
		{inspect.ChangeRemoved, 2, 50, 150},
		{inspect.ChangeRemoved, 3, 7, 157},    // no sample saw it
		{inspect.ChangeRemoved, 1, 1100, 157}, // nothing more
	} {
		r := connection("p", tt.cookie, tt.sent)
		r.Rates.Was.Sent, was[tt.cookie] = was[tt.cookie], tt.sent
		c.count(&inspect.Event{Change: tt.change, Row: r}, false)
		if got := values(c, ProcessSent)[0].Value; got != tt.want {
			t.Errorf("%v of %d: %v sent, want %v", tt.change, tt.cookie, got, tt.want)
		}
	}
}

// TestProcesses has more processes than series, whose sums stay what they are.
func TestProcesses(t *testing.T) {
	c := New(&Config{MaxSeries: 5000})
	const processes = 100
	for i := range 3 * processes {
		c.count(&inspect.Event{Change: inspect.ChangeAdded, Row: connection(fmt.Sprint("p", i), uint64(i+1), 1)}, true)
	}
	list := values(c, ProcessSent)
	sum := 0.0
	for _, s := range list {
		sum += s.Value
	}
	if len(list) != processes+1 || sum != 3*processes {
		t.Errorf("%d series with %v bytes", len(list), sum)
	}
}

func TestHostileLabels(t *testing.T) {
	c := New(&Config{MaxSeries: 5000})
	for i, name := range []string{"a\"b\n{}", "\xff\xfe", "\x1b[31m", "\u202ex", "\u3164", "other"} {
		c.count(&inspect.Event{Change: inspect.ChangeAdded, Row: connection(name, uint64(i+1), 1)}, true)
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
		added := &inspect.Event{Change: inspect.ChangeAdded, Row: connection("p", uint64(i+1), 1)}
		sampleOf(t, c, &inspect.Event{Change: inspect.ChangeNone, Row: listener("s", i, 1)}, added)
	}
	readers.Wait()
}

// TestStateLabels are those of node_exporter.
func TestStateLabels(t *testing.T) {
	want := []string{
		"established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait",
		"last_ack", "listen", "closing",
	}
	for i, state := range tcpStates {
		if got := stateLabel(state); got != want[i] {
			t.Errorf("%v is %q, want %q", state, got, want[i])
		}
	}
}
