//go:build linux

package inspect

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// slowPairs is a simple implementation of pairs.
type slowPairs map[Pair][]uint32

func (m slowPairs) set(end Pair, inode uint32) {
	if !slices.Contains(m[end], inode) {
		m[end] = append(m[end], inode)
	}
}

func (m slowPairs) get(end Pair, across bool) uint32 {
	if list, ok := m[end]; ok {
		return only(list)
	}
	if !across || end.Iface != 0 || end.Local.Addr().IsLoopback() || end.Remote.Addr().IsLoopback() {
		return 0
	}
	var found []uint32
	for other, list := range m {
		netns := other.NetNS
		other.NetNS = end.NetNS
		if other == end && netns != end.NetNS {
			found = append(found, list...)
		}
	}
	return only(found)
}

// only returns the one inode of a list, 0 if there is not exactly one.
func only(list []uint32) uint32 {
	if len(list) != 1 {
		return 0
	}
	return list[0]
}

// randomEnd returns one of a few ends, so that the same occur in several namespaces and protocols.
func randomEnd(r *rand.Rand) Pair {
	hosts := []string{
		"10.0.0.1", "10.0.0.2", "127.0.0.1", "127.0.0.2", "::1", "2001:db8::1", "2001:db8::2", "fe80::1", "fe80::2",
	}
	host := func() netip.AddrPort {
		return netip.AddrPortFrom(netip.MustParseAddr(hosts[r.IntN(len(hosts))]), uint16(1+r.IntN(3)))
	}
	p := Pair{
		NetNS:    uint64(4026531840) + uint64(r.IntN(4)),
		Protocol: []uint16{unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE, unix.IPPROTO_MPTCP}[r.IntN(4)],
		Local:    host(), Remote: host(),
	}
	if p.Local.Addr().IsLinkLocalUnicast() {
		p.Iface = uint32(1 + r.IntN(2))
	}
	return p
}

// TestPairs compares the tables with a map, over random ends in random namespaces.
func TestPairs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := seeded(seed)
		fast, slow := newPairs(r.IntN(50)), slowPairs{}
		for range 1 + r.IntN(3000) {
			end := randomEnd(r)
			inode := uint32(1 + r.IntN(1000))
			if r.IntN(4) == 0 {
				inode = 0 // a connection that is not accepted yet is an end, too
			}
			fast.set(&end, inode)
			slow.set(end, inode)
		}
		for range 3000 {
			end, across := randomEnd(r), r.IntN(2) == 0
			if got, want := fast.get(&end, across), slow.get(end, across); got != want {
				t.Fatalf("seed %d: %+v, across %v: inode %d, want %d", seed, end, across, got, want)
			}
		}
	}
}

// TestPairsRules checks the rules one by one.
func TestPairsRules(t *testing.T) {
	t.Parallel()
	const here, there, third = 1, 2, 3
	type known struct {
		netns         uint64
		local, remote string
		iface, inode  uint32
	}
	tests := []struct {
		name   string
		known  []known
		asked  known
		across bool
		want   uint32
	}{
		{
			"same namespace",
			[]known{{here, "10.0.0.2:80", "10.0.0.1:5", 0, 7}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			false, 7,
		},
		{
			"mapped to IPv6",
			[]known{{here, "[::ffff:10.0.0.2]:80", "[::ffff:10.0.0.1]:5", 0, 7}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			false, 7,
		},
		{
			"another namespace",
			[]known{{there, "10.0.0.2:80", "10.0.0.1:5", 0, 7}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 7,
		},
		{
			"another namespace, not asked",
			[]known{{there, "10.0.0.2:80", "10.0.0.1:5", 0, 7}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			false, 0,
		},
		{
			"two others",
			[]known{{there, "10.0.0.2:80", "10.0.0.1:5", 0, 7}, {third, "10.0.0.2:80", "10.0.0.1:5", 0, 8}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 0,
		},
		{
			"two others, one of which nobody has accepted",
			[]known{{there, "10.0.0.2:80", "10.0.0.1:5", 0, 7}, {third, "10.0.0.2:80", "10.0.0.1:5", 0, 0}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 0,
		},
		{
			"own namespace first",
			[]known{{there, "10.0.0.2:80", "10.0.0.1:5", 0, 7}, {here, "10.0.0.2:80", "10.0.0.1:5", 0, 8}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 8,
		},
		{
			"own namespace first, though nobody has accepted there",
			[]known{{there, "10.0.0.2:80", "10.0.0.1:5", 0, 7}, {here, "10.0.0.2:80", "10.0.0.1:5", 0, 0}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 0,
		},
		{
			"loopback of another namespace",
			[]known{{there, "127.0.0.1:80", "127.0.0.1:5", 0, 7}},
			known{here, "127.0.0.1:80", "127.0.0.1:5", 0, 0},
			true, 0,
		},
		{
			"loopback at one end",
			[]known{{there, "127.0.0.1:80", "10.0.0.1:5", 0, 7}},
			known{here, "127.0.0.1:80", "10.0.0.1:5", 0, 0},
			true, 0,
		},
		{
			"another link",
			[]known{{here, "[fe80::2]:80", "[fe80::1]:5", 2, 7}},
			known{here, "[fe80::2]:80", "[fe80::1]:5", 3, 0},
			true, 0,
		},
		{
			"the same link",
			[]known{{here, "[fe80::2]:80", "[fe80::1]:5", 3, 7}},
			known{here, "[fe80::2]:80", "[fe80::1]:5", 3, 0},
			true, 7,
		},
		{
			"a link of the same number elsewhere",
			[]known{{there, "[fe80::2]:80", "[fe80::1]:5", 3, 7}},
			known{here, "[fe80::2]:80", "[fe80::1]:5", 3, 0},
			true, 0,
		},
		{
			"several with one end",
			[]known{{here, "10.0.0.2:80", "10.0.0.1:5", 0, 7}, {here, "10.0.0.2:80", "10.0.0.1:5", 0, 8}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 0,
		},
		{
			"the same twice",
			[]known{{here, "10.0.0.2:80", "10.0.0.1:5", 0, 7}, {here, "10.0.0.2:80", "10.0.0.1:5", 0, 7}},
			known{here, "10.0.0.2:80", "10.0.0.1:5", 0, 0},
			true, 7,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			end := func(k *known) Pair {
				s := tcp(k.local, k.remote, k.inode)
				s.Iface = k.iface
				return pairOf(k.netns, s)
			}
			p := newPairs(0)
			for i := range tt.known {
				e := end(&tt.known[i])
				p.set(&e, tt.known[i].inode)
			}
			e := end(&tt.asked)
			if got := p.get(&e, tt.across); got != tt.want {
				t.Errorf("inode %d, want %d", got, tt.want)
			}
		})
	}
}

// TestPairOf checks that both ends of a connection have each other's pair.
func TestPairOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		a, b [2]string
		same bool
	}{
		{"IPv4", [2]string{"10.0.0.1:5", "10.0.0.2:80"}, [2]string{"10.0.0.2:80", "10.0.0.1:5"}, true},
		{
			"mapped at one end",
			[2]string{"10.0.0.1:5", "10.0.0.2:80"},
			[2]string{"[::ffff:10.0.0.2]:80", "[::ffff:10.0.0.1]:5"},
			true,
		},
		{"other port", [2]string{"10.0.0.1:5", "10.0.0.2:80"}, [2]string{"10.0.0.2:80", "10.0.0.1:6"}, false},
		{"compatible is not mapped", [2]string{"[::a00:1]:5", "[::a00:2]:80"}, [2]string{"10.0.0.2:80", "10.0.0.1:5"}, false},
	}
	for _, tt := range tests {
		a, b := pairOf(1, tcp(tt.a[0], tt.a[1], 1)), pairOf(1, tcp(tt.b[0], tt.b[1], 2))
		if got := a.Other() == b && b.Other() == a; got != tt.same {
			t.Errorf("%s: the same connection: %v, want %v", tt.name, got, tt.same)
		}
	}
}

// TestAllocPairs checks that a look-up, which every row needs, allocates nothing.
func TestAllocPairs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	p := newPairs(100)
	four, six := pairOf(1, tcp("10.0.0.1:5", "10.0.0.2:80", 1)), pairOf(1, tcp("[2001:db8::1]:5", "[2001:db8::2]:80", 1))
	p.set(&four, 1)
	p.set(&six, 2)
	n := testing.AllocsPerRun(100, func() {
		a, b := four.Other(), six.Other()
		if p.get(&four, true)+p.get(&six, true)+p.get(&a, true)+p.get(&b, true) != 3 {
			t.Error("an end was not found")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a look-up, want 0", n)
	}
}
