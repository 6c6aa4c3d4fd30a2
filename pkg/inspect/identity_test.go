//go:build linux

package inspect

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// randomSocket returns one of a few sockets, so that two often differ in one field.
func randomSocket(r *rand.Rand) *diag.Socket {
	host := func() netip.AddrPort {
		hosts := []string{"10.0.0.1", "::ffff:10.0.0.1", "::", "0.0.0.0", "fe80::1"}
		return netip.AddrPortFrom(netip.MustParseAddr(hosts[r.IntN(len(hosts))]), uint16(r.IntN(2)))
	}
	s := &diag.Socket{
		Family:   []uint8{unix.AF_INET, unix.AF_INET6, unix.AF_UNIX, unix.AF_NETLINK}[r.IntN(4)],
		Protocol: []uint16{unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_MPTCP}[r.IntN(3)],
		Cookie:   uint64(r.IntN(3)), Inode: uint32(r.IntN(3)), State: diag.State(1 + r.IntN(10)),
	}
	if s.Family == unix.AF_INET || s.Family == unix.AF_INET6 {
		s.Local, s.Remote = host(), host()
	}
	return s
}

// TestFingerprint checks that two identities have the same fingerprint if and only if they are equal.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	h := NewHasher()
	r := seeded(1)
	seen := map[Fingerprint]Identity{}
	back := map[Identity]Fingerprint{}
	for range 50000 {
		id := IdentityOf(uint64(r.IntN(3)), randomSocket(r))
		id.Boot[r.IntN(16)] = byte(r.IntN(2))
		id.Count = uint32(max(r.IntN(6)-3, 0))
		f := h.Identity(&id)
		if other, ok := seen[f]; ok && other != id {
			t.Fatalf("%+v and %+v have the same fingerprint", id, other)
		}
		if other, ok := back[id]; ok && other != f {
			t.Fatalf("%+v has two fingerprints", id)
		}
		seen[f], back[id] = id, f
	}
	if len(back) < 10000 {
		t.Errorf("only %d identities were tried", len(back))
	}
}

// TestIdentityOf checks which fields identify sockets.
func TestIdentityOf(t *testing.T) {
	t.Parallel()
	base := diag.Socket{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Inode: 5, Cookie: 9, State: diag.StateEstablished,
		Local: netip.MustParseAddrPort("10.0.0.1:5"), Remote: netip.MustParseAddrPort("10.0.0.2:80"),
	}
	bare := base
	bare.Cookie = 0
	tests := []struct {
		name   string
		from   diag.Socket
		change func(*diag.Socket)
		same   bool
	}{
		{"state", base, func(s *diag.Socket) { s.State = diag.StateCloseWait }, true},
		{"orphaned", base, func(s *diag.Socket) { s.Inode = 0 }, true},
		{"connected meanwhile", base, func(s *diag.Socket) { s.Remote = netip.AddrPort{} }, true},
		{"cookie", base, func(s *diag.Socket) { s.Cookie++ }, false},
		{"cookie lost", base, func(s *diag.Socket) { s.Cookie = 0 }, false},
		{"family", base, func(s *diag.Socket) { s.Family = unix.AF_INET6 }, false},
		{"protocol", base, func(s *diag.Socket) { s.Protocol = unix.IPPROTO_MPTCP }, false},
		{"inode, no cookie", bare, func(s *diag.Socket) { s.Inode++ }, false},
		{"local, no cookie", bare, func(s *diag.Socket) { s.Local = s.Remote }, false},
		{"remote, no cookie", bare, func(s *diag.Socket) { s.Remote = s.Local }, false},
		{"state, no cookie", bare, func(s *diag.Socket) { s.State = diag.StateCloseWait }, true},
	}
	h := NewHasher()
	for _, tt := range tests {
		changed := tt.from
		tt.change(&changed)
		a, b := IdentityOf(1, &tt.from), IdentityOf(1, &changed)
		if (a == b) != tt.same || (h.Of(1, &tt.from) == h.Of(1, &changed)) != tt.same {
			t.Errorf("%s: the same socket: %v, want %v", tt.name, a == b, tt.same)
		}
		if a == IdentityOf(2, &tt.from) {
			t.Errorf("%s: the same in another namespace", tt.name)
		}
	}
	if h.Of(1, &base) == NewHasher().Of(1, &base) {
		t.Error("fingerprints can be foreseen")
	}
}

// TestAllocIdentity checks that computing the identity of a row allocates nothing.
func TestAllocIdentity(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	h, with, without := NewHasher(), tcp("10.0.0.1:5", "10.0.0.2:80", 1), tcp("[::1]:5", "[::1]:80", 0)
	var last Identity
	n := testing.AllocsPerRun(100, func() {
		last = IdentityOf(1, with)
		if h.Of(1, with) == h.Of(1, without) || h.Identity(&last) != h.Of(1, with) {
			t.Error("wrong fingerprints")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
