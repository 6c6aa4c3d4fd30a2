//go:build linux

package inspect

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// everyFamily are queries for all kinds of sockets.
func everyFamily() []diag.Query {
	var qs []diag.Query
	for _, f := range []uint8{unix.AF_INET, unix.AF_INET6} {
		for _, p := range []uint16{
			unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE, unix.IPPROTO_RAW, unix.IPPROTO_ICMP,
			unix.IPPROTO_MPTCP, unix.IPPROTO_SCTP,
		} {
			qs = append(qs, diag.Query{Family: f, Protocol: p, Want: everything})
		}
	}
	for _, f := range []uint8{
		unix.AF_UNIX, unix.AF_PACKET, unix.AF_NETLINK, unix.AF_VSOCK, unix.AF_XDP, unix.AF_TIPC, unix.AF_SMC,
	} {
		qs = append(qs, diag.Query{Family: f, Want: everything | named})
	}
	return qs
}

const named = diag.HasName | diag.HasPeer | diag.HasQueues | diag.HasUID // of unix sockets

// everything are the parts that the recording has of every family.
const everything = diag.HasTCPInfo | diag.HasSkMem | diag.HasCong | diag.HasTOS | diag.HasTClass

// replayed opens a session over a recording of all kinds of sockets.
func replayed(t testing.TB) *Session {
	t.Helper()
	f, err := os.Open("../../internal/cli/testdata/inspect.nls")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read-only
	rec, err := diag.OpenRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(&Config{Replay: rec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestPackRecorded packs recorded sockets of every family and compares them after unpacking.
func TestPackRecorded(t *testing.T) {
	t.Parallel()
	plan := Plan{Queries: Ask(everyFamily()...), Needs: NeedOwner | NeedCgroup}
	var p Packer
	var packed [][]byte
	var want []*Row
	families := map[uint8]int{}
	for row, err := range replayed(t).Sockets(t.Context(), &plan) {
		if err != nil {
			t.Fatal(err)
		}
		families[row.Family]++
		packed = append(packed, p.Append(nil, row))
		want = append(want, row.Clone())
	}
	if len(want) < 20 || len(families) < 3 {
		t.Fatalf("%d sockets of %d families", len(want), len(families))
	}
	for i, b := range packed {
		got, err := p.Row(b)
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		checkSame(t, got, want[i])
		if len(b) > 600 {
			t.Errorf("row %d takes %d bytes", i, len(b))
		}
	}
}

// checkSame compares all values of two rows.
func checkSame(t *testing.T, got, want *Row) {
	t.Helper()
	d := cmp.Diff(want.Socket, got.Socket, cmpopts.IgnoreUnexported(diag.Socket{}), cmpopts.EquateComparable(netip.AddrPort{}, netip.Addr{}, diag.Cong{}))
	if d != "" {
		t.Errorf("socket (-want +got):\n%s", d)
	}
	for _, view := range []func(*diag.Socket) []byte{
		(*diag.Socket).Message, (*diag.Socket).Name,
	} {
		if d := cmp.Diff(view(want.Socket), view(got.Socket), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("view (-want +got):\n%s", d)
		}
	}
	if got.NetNS != want.NetNS || got.Netns != want.Netns || got.Group() != want.Group() {
		t.Errorf("row of %d %q in %v, want %d %q in %v", got.NetNS, got.Netns, got.Group(),
			want.NetNS, want.Netns, want.Group())
	}
	if d := cmp.Diff(want.Holders(), got.Holders()); d != "" {
		t.Errorf("holders (-want +got):\n%s", d)
	}
}

// TestPackRandom packs random sockets of random namespaces and queries in one buffer.
func TestPackRandom(t *testing.T) {
	t.Parallel()
	r := seeded(2)
	var p Packer
	type kept struct {
		at, to int
		row    *Row
	}
	var buf []byte
	var all []kept
	for range 3000 {
		s := randomSocket(r)
		var row *Row
		switch s.Family {
		case unix.AF_INET, unix.AF_INET6:
			if s.Family == unix.AF_INET {
				s.Local, s.Remote = unmapped(s.Local), unmapped(s.Remote)
				if !s.Local.Addr().Is4() || !s.Remote.Addr().Is4() {
					continue
				}
			}
			row = rowOf(t, uint64(r.IntN(4)), s)
			row.query.Want = diag.Fields(r.IntN(3))
		default:
			row = &Row{Socket: s, NetNS: uint64(r.IntN(4)), Joins: &Joins{}} // without a message
		}
		row.Netns = []string{"", "blue", "self"}[r.IntN(3)]
		at := len(buf)
		buf = p.Append(buf, row)
		all = append(all, kept{at, len(buf), row})
	}
	for _, k := range all {
		got, err := p.Row(buf[k.at:k.to])
		if err != nil {
			t.Fatal(err)
		}
		checkSame(t, got, k.row)
	}
	if len(p.places) > 12 || len(p.queries) > 64 {
		t.Errorf("%d namespaces, %d queries: what rows share is kept more than once", len(p.places), len(p.queries))
	}
}

// FuzzPacked unpacks arbitrary bytes: the result is an error or a row, without a panic.
func FuzzPacked(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add([]byte{0, 0, 0, 0, 0, 0}, true)
	f.Add(binary.NativeEndian.AppendUint32([]byte{255, 255, 0, 0, 0, 0}, 1), true)
	f.Add(binary.NativeEndian.AppendUint32([]byte{255, 255, 0, 0, 0, 0}, 0), true)
	f.Add(append([]byte{0, 0, 0, 0, 0, 0}, inetMessage(tcp("10.0.0.1:5", "10.0.0.2:80", 1))...), true)
	f.Add([]byte{0, 0, 255, 255, 255, 255, 1, 2, 3}, true)
	f.Fuzz(func(t *testing.T, b []byte, known bool) {
		var p Packer
		if known {
			p.Append(nil, rowOf(t, 1, tcp("10.0.0.1:5", "10.0.0.2:80", 1)))
			p.Append(nil, &Row{Socket: &diag.Socket{Family: unix.AF_UNIX}})
		}
		row, err := p.Row(b)
		if err == nil && row.Socket == nil {
			t.Error("neither an error nor a row")
		}
	})
}

// TestAllocPack checks that packing allocates nothing: a watch packs every row of every sample.
func TestAllocPack(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	var p Packer
	row := rowOf(t, 1, tcp("10.0.0.1:5", "10.0.0.2:80", 1))
	buf := p.Append(nil, row)
	if n := testing.AllocsPerRun(100, func() { buf = p.Append(buf[:0], row) }); n != 0 {
		t.Errorf("packing: %v allocations, want 0", n)
	}
	n := testing.AllocsPerRun(100, func() {
		if _, err := p.Row(buf); err != nil {
			t.Error(err)
		}
	})
	if n != 0 {
		t.Errorf("unpacking: %v allocations, want 0", n)
	}
}
