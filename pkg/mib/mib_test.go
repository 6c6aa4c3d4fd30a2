package mib

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/race"
)

func fixture(t testing.TB, sources Source) *Snapshot {
	t.Helper()
	r := Reader{Config: Config{ProcRoot: "testdata", Sources: sources}}
	var s Snapshot
	if err := r.Read(&s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func TestRead(t *testing.T) {
	s := fixture(t, 0)
	if s.Missing != 0 {
		t.Errorf("missing = %b, want none", s.Missing)
	}
	minusOne := int64(-1)
	for _, want := range []Metric{
		{"Ip", "Forwarding", 2, KindSetting, SourceSNMP},
		{"Ip", "DefaultTTL", 64, KindSetting, SourceSNMP},
		{"Tcp", "MaxConn", uint64(minusOne), KindSetting, SourceSNMP},
		{"Tcp", "CurrEstab", 0, KindGauge, SourceSNMP},
		{"IcmpMsg", "InType3", 1, KindCount, SourceSNMP},
		{"TcpExt", "SyncookiesSent", 0, KindCount, SourceNetstat},
		{"MPTcpExt", "MPCapableSYNRX", 0, KindCount, SourceNetstat},
		{"Ip6", "InOctets", 128, KindCount, SourceSNMP6},
		{"Icmp6", "OutType135", 4, KindCount, SourceSNMP6},
		{"Udp6", "MemErrors", 0, KindCount, SourceSNMP6},
		{"UdpLite6", "InDatagrams", 0, KindCount, SourceSNMP6},
		{"Sctp", "SctpCurrEstab", 3, KindGauge, SourceSCTP},
		{"Sctp", "SctpAborteds", 1, KindCount, SourceSCTP},
		{"sockstat FRAG", "memory", 0, KindGauge, SourceSockStat},
		{"sockstat FRAG6", "memory", 0, KindGauge, SourceSockStat6},
	} {
		got, ok := s.Get(want.Section, want.Name)
		if d := cmp.Diff(want, got); d != "" || !ok {
			t.Errorf("Get(%s, %s): %v (-want +got):\n%s", want.Section, want.Name, ok, d)
		}
	}
	if m, ok := s.Get("Tcp", "MaxConn"); !ok || m.Signed() != -1 {
		t.Errorf("MaxConn = %d, want -1", m.Signed())
	}
	if m, ok := s.Get("sockstat TCP", "orphan"); !ok || !m.HostWide() {
		t.Errorf("sockstat TCP orphan: %v, want a value of the whole host", m)
	}
	if m, ok := s.Get("sockstat TCP", "inuse"); !ok || m.HostWide() {
		t.Errorf("sockstat TCP inuse: %v, want a value of the namespace", m)
	}
	if m, ok := s.Get("Tcp", "Imaginary"); ok {
		t.Errorf("Get of what is not there = %v", m)
	}
}

// TestEveryWord counts the values in the files in another way.
func TestEveryWord(t *testing.T) {
	words := func(name string) (lines []string) {
		b, err := os.ReadFile("testdata/net/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	for _, tt := range []struct {
		source Source
		name   string
		per    func(fields int) int
		step   int
	}{
		{SourceSNMP, "snmp", func(n int) int { return n - 1 }, 2},
		{SourceNetstat, "netstat", func(n int) int { return n - 1 }, 2},
		{SourceSNMP6, "snmp6", func(n int) int { return n / 2 }, 1},
		{SourceSockStat, "sockstat", func(n int) int { return n / 2 }, 1},
		{SourceSockStat6, "sockstat6", func(n int) int { return n / 2 }, 1},
	} {
		want := 0
		lines := words(tt.name)
		for i := 0; i < len(lines); i += tt.step {
			want += tt.per(len(strings.Fields(lines[i])))
		}
		if got := len(fixture(t, tt.source).Metrics); got != want {
			t.Errorf("%s: %d metrics, want %d", tt.name, got, want)
		}
	}
}

func TestMissing(t *testing.T) {
	r := Reader{Config: Config{ProcRoot: t.TempDir(), Sources: SourceSNMP | SourceSCTP}}
	var s Snapshot
	if err := r.Read(&s); err != nil || s.Missing != SourceSNMP|SourceSCTP || len(s.Metrics) != 0 {
		t.Errorf("Read = %v, missing %b, %d metrics", err, s.Missing, len(s.Metrics))
	}
}

func TestMalformed(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want bool
		n    int
	}{
		{"cut in the names", "Ip: Forw", false, 0},
		{"cut in the values", "Ip: A B C\nIp: 1 2\n", true, 2},
		{"more values than names", "Ip: A\nIp: 1 2\n", true, 1},
		{"other prefix", "Ip: A\nTcp: 1\n", false, 0},
		{"no number", "Ip: A B\nIp: 1 x\n", false, 1},
		{"lone minus", "Ip: A\nIp: -\n", false, 0},
		{"blank line between", "Ip: A\nIp: 1\n\nTcp: B\nTcp: 2\n", true, 2},
		{"no names", "Ip:\nIp:\n", true, 0},
		{"", "", true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Reader{Config: Config{Sources: SourceSNMP, Replay: func(string) ([]byte, error) { return []byte(tt.in), nil }}}
			var s Snapshot
			err := r.Read(&s)
			if ok := err == nil; ok != tt.want || !ok && !errors.Is(err, ErrMalformed) {
				t.Errorf("Read: %v, want success %v", err, tt.want)
			}
			if len(s.Metrics) != tt.n {
				t.Errorf("%d metrics, want %d", len(s.Metrics), tt.n)
			}
		})
	}
}

func TestSince(t *testing.T) {
	text := "Tcp: CurrEstab ActiveOpens InSegs\nTcp: 5 4294967290 18446744073709551615\n"
	r := Reader{Config: Config{Sources: SourceSNMP, Replay: func(string) ([]byte, error) { return []byte(text), nil }}}
	var before, after Snapshot
	if err := r.Read(&before); err != nil {
		t.Fatal(err)
	}
	text = "IcmpMsg: InType8\nIcmpMsg: 3\nTcp: CurrEstab ActiveOpens InSegs\nTcp: 2 4 7\n"
	if err := r.Read(&after); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for m, d := range after.Since(&before) {
		got[m.Name] = d
	}
	want := map[string]int64{"InType8": 3, "CurrEstab": -3, "ActiveOpens": 10, "InSegs": 0}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("deltas (-want +got):\n%s", d)
	}
}

// TestReadAgain reads other files into the same Snapshot: nothing of the earlier ones may remain.
func TestReadAgain(t *testing.T) {
	texts := []string{
		"A: x y\nA: 1 2\nB: z\nB: 3\n",
		"A: x\nA: 4\n",
		"A: x w y\nA: 1 2 3\nC: z\nC: 9\n",
		"",
	}
	for _, first := range texts {
		for _, then := range texts {
			text := first
			r := Reader{Config: Config{Sources: SourceSNMP, Replay: func(string) ([]byte, error) { return []byte(text), nil }}}
			var used, fresh Snapshot
			err := r.Read(&used)
			_, _ = used.Get("A", "x") // builds the index
			text = then
			err = errors.Join(err, r.Read(&used), r.Read(&fresh))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(append([]Metric{}, fresh.Metrics...), append([]Metric{}, used.Metrics...)); d != "" {
				t.Errorf("%q then %q (-want +got):\n%s", first, then, d)
			}
			a, _ := fresh.Get("C", "z")
			if b, _ := used.Get("C", "z"); a != b {
				t.Errorf("%q then %q: Get = %v, want %v", first, then, b, a)
			}
		}
	}
}

func TestRecordReplay(t *testing.T) {
	kept := map[string][]byte{}
	r := Reader{Config: Config{ProcRoot: "testdata", Record: func(n string, b []byte) { kept[n] = b }}}
	var s, again Snapshot
	if err := r.Read(&s); err != nil {
		t.Fatal(err)
	}
	delete(kept, "/proc/thread-self/net/sctp/snmp")
	r = Reader{Config: Config{Replay: func(n string) ([]byte, error) {
		if b, ok := kept[n]; ok {
			return b, nil
		}
		return nil, fs.ErrNotExist
	}}}
	if err := r.Read(&again); err != nil {
		t.Fatal(err)
	}
	if again.Missing != SourceSCTP || len(again.Metrics) != len(s.Metrics)-3 {
		t.Errorf("replayed %d of %d metrics, missing %b", len(again.Metrics), len(s.Metrics), again.Missing)
	}
}

func TestDelta(t *testing.T) {
	for _, tt := range []struct {
		k             Kind
		before, after uint64
		want          int64
	}{
		{KindCount, 1, 5, 4},
		{KindCount, math.MaxUint32, 0, 1},
		{KindCount, math.MaxUint32 + 1, 0, 0},
		{KindGauge, 5, 1, -4},
		{KindSetting, 1, 2, 1},
	} {
		if got := Delta(tt.k, tt.before, tt.after); got != tt.want {
			t.Errorf("Delta(%v, %d, %d) = %d, want %d", tt.k, tt.before, tt.after, got, tt.want)
		}
	}
}

func TestReadAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	var files [len(sources)][]byte
	for i := range sources {
		b, err := os.ReadFile("testdata/net/" + sources[i].name)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = b
	}
	var s Snapshot
	parse := func() {
		s.begin()
		for i := range sources {
			s.source = sources[i].bit
			if err := sources[i].parse(&s, files[i]); err != nil {
				t.Fatal(err)
			}
		}
		s.end()
	}
	parse()
	if n := testing.AllocsPerRun(100, parse); n != 0 {
		t.Errorf("%v allocations to parse again, want 0", n)
	}
}

func FuzzParse(f *testing.F) {
	for i := range sources {
		b, err := os.ReadFile("testdata/net/" + sources[i].name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, b, []byte("A: x\nA: 1\n"))
	}
	f.Fuzz(func(t *testing.T, i int, first, then []byte) {
		src := &sources[uint(i)%uint(len(sources))]
		var used, fresh Snapshot
		for _, text := range [][]byte{first, then} {
			used.begin()
			used.source = src.bit
			_ = src.parse(&used, text) // the values before an error count
			used.end()
		}
		fresh.source = src.bit
		_ = src.parse(&fresh, then)
		fresh.end()
		if len(used.Metrics) != len(fresh.Metrics) {
			t.Fatalf("%d metrics in a used Snapshot, %d in a fresh one", len(used.Metrics), len(fresh.Metrics))
		}
		for i := range used.Metrics {
			if used.Metrics[i] != fresh.Metrics[i] {
				t.Fatalf("metric %d: %v, want %v", i, used.Metrics[i], fresh.Metrics[i])
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var r Reader
	var s Snapshot
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Read(&s); err != nil {
			b.Fatal(err)
		}
	}
}
