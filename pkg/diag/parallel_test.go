//go:build linux

package diag

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRelease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text         string
		major, minor int
	}{
		{"6.18.44-fc-v669", 6, 18}, {"4.9.0", 4, 9}, {"5.10-rc1", 5, 10}, {"7", 7, 0}, {"", 0, 0}, {"x", 0, 0},
	} {
		major, minor := release(append([]byte(tt.text), 0))
		if major != tt.major || minor != tt.minor {
			t.Errorf("release(%q) = %d, %d, want %d, %d", tt.text, major, minor, tt.major, tt.minor)
		}
	}
}

// TestCut checks that the parts of any sample neither overlap nor leave anything out.
func TestCut(t *testing.T) {
	t.Parallel()
	samples := map[string][]ports{
		"none":          nil,
		"clients":       {{40000, 443}, {50000, 443}, {33000, 80}, {60000, 443}},
		"one port":      {{443, 443}, {443, 443}, {443, 443}},
		"highest ports": {{65535, 65535}, {65535, 65534}, {65535, 65533}, {65535, 1}},
		"lowest ports":  {{0, 0}, {0, 0}, {1, 0}, {0, 0}},
	}
	for name, sample := range samples {
		for n := 1; n <= maxWorkers+1; n++ {
			parts := splitTable(sample, n)
			if len(parts) != n {
				t.Errorf("%s: %d parts, want %d", name, len(parts), n)
				continue
			}
			next := 0
			for _, p := range parts {
				if int(p.first) != next || p.last < p.first {
					t.Errorf("%s, %d parts: %+v", name, n, parts)
				}
				next = int(p.last) + 1
			}
			if next != 1<<16 {
				t.Errorf("%s, %d parts: they end at %d", name, n, next)
			}
		}
	}
}

// TestSplitEven checks that parts have even sizes if one of the keys allows it.
func TestSplitEven(t *testing.T) {
	t.Parallel()
	var server, client, wide []ports
	for i := range uint16(1000) {
		server = append(server, ports{443, 32768 + i*28})
		client = append(client, ports{1024 + i*60, 443})
		wide = append(wide, ports{1024 + i*60, 50000}) // the larger one is mostly the same
	}
	for name, sample := range map[string][]ports{"server": server, "client": client, "wide": wide} {
		for n := 2; n <= maxWorkers; n++ {
			count := make([]int, n)
			for _, s := range sample {
				for i, p := range splitTable(sample, n) {
					if k := p.key.of(s); k >= p.first && k <= p.last {
						count[i]++
					}
				}
			}
			for _, c := range count {
				if c < len(sample)/n-10 || c > len(sample)/n+10 {
					t.Errorf("%s in %d parts: %v", name, n, count)
					break
				}
			}
		}
	}
}

func TestSockStat(t *testing.T) {
	t.Parallel()
	var st SockStat
	text := "sockets: used 16\nTCP: inuse 1 orphan 57 tw 2 alloc 147 mem 64\nUDP: inuse 3 mem 0\nUDPLITE: inuse 4\n" +
		"RAW: inuse 5\nFRAG: inuse 0 memory 0\nTCP6: inuse 6\nUDP6: inuse 7\nUDPLITE6: inuse 8\nRAW6: inuse 9\nNEW: x y\n"
	if err := st.parse(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	want := SockStat{
		Used: 16, TCP: 1, TCP6: 6, TimeWait: 2, UDP: 3, UDP6: 7, UDPLite: 4, UDPLite6: 8, Raw: 5, Raw6: 9,
		TCPOrphans: 57, TCPAlloc: 147,
	}
	if st != want {
		t.Errorf("got %+v, want %+v", st, want)
	}
	for _, tt := range []struct {
		q     Query
		count int
	}{
		{Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}, 3},
		{Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}, 8},
		{Query{Protocol: unix.IPPROTO_TCP, Legacy: true}, 9},
		{Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP}, 7},
		{Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW}, 5},
		{Query{Family: unix.AF_UNIX}, 16},
	} {
		if got := st.Count(&tt.q); got != tt.count {
			t.Errorf("Count(%+v) = %d, want %d", tt.q, got, tt.count)
		}
	}
	none := SockStat{Used: 1}
	bound := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	listed := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: States(StateListen)}
	if none.Empty(&bound) || !none.Empty(&listed) {
		t.Error("bound sockets are not counted, all others are")
	}
}

func FuzzSockStat(f *testing.F) {
	f.Add("TCP: inuse 1 orphan 57 tw 2 alloc 147 mem 64\n")
	f.Fuzz(func(_ *testing.T, text string) {
		var st SockStat
		_ = st.parse(strings.NewReader(text)) // must not panic
	})
}

// TestSplitFilter runs the programs of all parts on sockets: each is in one part exactly, that of its key.
func TestSplitFilter(t *testing.T) {
	t.Parallel()
	edges := []uint16{0, 1, 22, 443, 1023, 32767, 32768, 46884, 50000, 65534, 65535}
	var sample []ports
	for _, l := range edges {
		for _, r := range edges {
			sample = append(sample, ports{l, r})
		}
	}
	keys := make([]uint16, len(sample))
	for k := range numSplitKeys {
		for i, p := range sample {
			keys[i] = k.of(p)
		}
		slices.Sort(keys)
		for n := 2; n <= maxWorkers; n++ {
			parts, _ := cut(k, keys, n)
			for _, p := range sample {
				s := Socket{
					Local:  netip.AddrPortFrom(netip.IPv4Unspecified(), p.local),
					Remote: netip.AddrPortFrom(netip.IPv4Unspecified(), p.remote),
				}
				for _, part := range parts {
					prog := part.filter()
					if err := prog.Verify(); err != nil {
						t.Fatalf("key %d, part %+v: %v", k, part, err)
					}
					want := k.of(p) >= part.first && k.of(p) <= part.last
					if got := prog.Run(&s); got != want {
						t.Errorf("key %d, part %+v accepts %+v: %t, want %t", k, part, p, got, want)
					}
				}
			}
		}
	}
}
