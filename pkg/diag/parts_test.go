//go:build linux

package diag

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// TestSocketSize limits the size of a Socket, for callers that collect many.
func TestSocketSize(t *testing.T) {
	t.Parallel()
	if n := unsafe.Sizeof(Socket{}); n > 568 {
		t.Errorf("a Socket has %d bytes: with its 8 bytes the allocator has a class of 576", n)
	}
}

// TestDecodeParts checks what methods decode.
func TestDecodeParts(t *testing.T) {
	t.Parallel()
	s := decoded(t, "tcp with all that can be asked")
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"memory", s.Mem(), MemInfo{1, 2, 3, 4}},
		{"Vegas", s.Vegas(), Vegas{1, 2, 3, 4}},
		{"DCTCP", s.DCTCP(), DCTCP{1, 2, 3, 4, 5}},
		{"BBR", s.BBR(), BBR{2<<32 | 1, 3, 4, 5}},
		{"packet", decoded(t, "packet").Packet(), Packet{
			Version: 2, Reserve: 3, CopyThreshold: 4, Timestamp: 5, Flags: 0x1f, Fanout: 0x10002,
			Rx: PacketRing{1, 2, 3, 4, 5, 6, 7}, Tx: PacketRing{11, 12, 13, 14, 15, 16, 17},
		}},
		{"of another family", s.Packet(), Packet{}},
		{"without the attribute", decoded(t, "dccp").Vegas(), Vegas{}},
		{"without a message", (&Socket{Has: ^Fields(0), Family: unix.AF_INET}).BBR(), BBR{}},
	} {
		if d := cmp.Diff(tt.want, tt.got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// decoded returns the socket of one of the decodeTests.
func decoded(t *testing.T, name string) *Socket {
	t.Helper()
	for i := range decodeTests {
		tt := &decodeTests[i]
		if tt.name != name {
			continue
		}
		var s Socket
		if err := tt.query.Decode(&s, SourceNetlink, tt.payload); err != nil {
			t.Fatal(err)
		}
		return &s
	}
	t.Fatalf("there is no test %q", name)
	return nil
}

// TestProcParts checks that lines of /proc are decoded again to the same, without allocations.
func TestProcParts(t *testing.T) {
	for _, tt := range []struct {
		query Query
		line  string
		want  Proc
		name  string
	}{
		{
			Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
			"   3: 0100007F:1F90 00000000:0000 0A 00000001:00000002 00:00000000 00000004  1000        5 4711 1 " +
				"00000000c1de79e4 100 20 6 10 -1",
			Proc{Columns: 17, Slot: 3, Pointer: 0xc1de79e4, Retransmits: 4, Probes: 5, RTOTicks: 100, ATOTicks: 20, Quick: 6, Cwnd: 10, Ssthresh: -1},
			"",
		},
		{
			Query{Family: unix.AF_UNIX},
			"00000000c1de79e4: 00000002 00000000 00010000 0001 01 4711 @a b",
			Proc{Columns: 8, Pointer: 0xc1de79e4, Flags: 0x10000, Status: 1},
			"\x00a b",
		},
		{
			Query{Family: unix.AF_UNIX},
			"00000000c1de79e4: 00000002 00000000 00000000 0001 01 4711",
			Proc{Columns: 7, Pointer: 0xc1de79e4, Status: 1},
			"",
		},
	} {
		var s Socket
		if err := tt.query.Decode(&s, SourceProc, []byte(tt.line)); err != nil {
			t.Fatal(err)
		}
		clone := s.Clone()
		for _, s := range []*Socket{&s, clone} {
			if got := s.Proc(); got != tt.want || string(s.Name()) != tt.name {
				t.Errorf("%s: %+v, name %q, want %+v, %q", strings.TrimSpace(tt.line), got, s.Name(), tt.want, tt.name)
			}
		}
		if race.Enabled {
			continue // allocations are not counted under the race detector
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = s.Proc(), s.Name() }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.line, n)
		}
	}
}

// TestDerived checks a connection that waits to be accepted: its name is from another message, and
// Clone copies it.
func TestDerived(t *testing.T) {
	t.Parallel()
	name, list := []byte("/run/x.sock\x00"), ramp(1, 2)
	s := Socket{Family: unix.AF_UNIX, Has: HasName | HasIcons, attached: &attached{name: name, icons: list}}
	c := s.Clone()
	clear(name)
	clear(list)
	n := uint32(0)
	for i := range c.Icons() {
		n += i
	}
	if string(c.Name()) != "/run/x.sock" || n != 3 || c.Message() != nil {
		t.Errorf("name %q, clients %d, message %q", c.Name(), n, c.Message())
	}
}
