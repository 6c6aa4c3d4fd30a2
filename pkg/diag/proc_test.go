//go:build linux

package diag

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// procTests are lines of /proc/net on a little-endian machine.
var procTests = []struct {
	name  string
	query Query
	text  string
	want  []Socket
	procs []Proc
	names []string
}{
	{
		name:  "tcp",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		text: "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000001 00:00000000 00000000  1000        0 4294967295 " +
			"1 00000000a0a45ba3 100 0 0 10 -1                    \n" +
			"   1: 0100007F:0016 0200007F:C350 01 00000010:00000020 02:000A29D6 00000002   -1        3 17 " +
			"4 000000005a8fc2a5 20 4 31 10 7\n" +
			"   2: 0100007F:0016 0200007F:C351 06 00000000:00000000 03:00001758 00000000     0        0 0 3 000000009a4b6b4b\n" +
			"not a line\n",
		want: []Socket{
			{
				State: StateListen, Local: netip.MustParseAddrPort("127.0.0.1:8080"),
				Remote: netip.MustParseAddrPort("0.0.0.0:0"), UID: 1000, Inode: 1<<32 - 1, RecvQ: 1, Refs: 1,
			},
			{
				State: StateEstablished, Local: netip.MustParseAddrPort("127.0.0.1:22"),
				Remote: netip.MustParseAddrPort("127.0.0.2:50000"), UID: 1<<32 - 1, Inode: 17, RecvQ: 32, SendQ: 16,
				Timer: TimerKeepalive, Retrans: 3, Expires: 0xa29d6 * 10 * time.Millisecond, Refs: 4,
			},
			{
				State: StateTimeWait, Local: netip.MustParseAddrPort("127.0.0.1:22"),
				Remote: netip.MustParseAddrPort("127.0.0.2:50001"), Timer: TimerTimeWait, Refs: 3,
				Expires: 0x1758 * 10 * time.Millisecond,
			},
		},
		procs: []Proc{
			{Columns: 17, Pointer: 0xa0a45ba3, RTOTicks: 100, Cwnd: 10, Ssthresh: -1},
			{Columns: 17, Slot: 1, Pointer: 0x5a8fc2a5, Retransmits: 2, Probes: 3, RTOTicks: 20, ATOTicks: 4, Quick: 31, Cwnd: 10, Ssthresh: 7},
			{Columns: 12, Slot: 2, Pointer: 0x9a4b6b4b},
		},
	},
	{
		name:  "states of the query",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: States(StateEstablished)},
		text: "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 " +
			"100 0 0 10 -1\n",
	},
	{
		name:  "raw6",
		query: Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_RAW},
		text: "  58: 000080FE000000000000000001000000:003A 00000000000000000000000000000000:0000 07 " +
			"00000000:00000300 00:00000000 00000000     0        0 566 2 00000000a0a45ba3 5\n",
		want: []Socket{{
			Family: unix.AF_INET6, Type: unix.SOCK_RAW, Protocol: unix.IPPROTO_RAW, State: StateClose,
			Local: netip.MustParseAddrPort("[fe80::1]:58"), Remote: netip.MustParseAddrPort("[::]:0"),
			RecvQ: 0x300, Inode: 566, Refs: 2, Has: HasUID | HasRefs | HasProc,
		}},
		procs: []Proc{
			{Columns: 13, Slot: 58, Pointer: 0xa0a45ba3, Drops: 5},
		},
	},
	{
		name:  "unix",
		query: Query{Family: unix.AF_UNIX, Pending: true},
		text: "0000000091b2c643: 00000002 00000000 00010000 0001 01 10722 /run/a b\n" +
			"000000007072e932: 00000003 00000000 00000000 0001 02     0 @abs@x\n" +
			"000000007072e932: 00000003 00000000 00000000 0002 01  1071\n" +
			"rest of a name with a newline\n",
		want: []Socket{
			{
				Family: unix.AF_UNIX, Type: unix.SOCK_STREAM, State: StateListen, Inode: 10722, Refs: 2,
				Has: HasName | HasRefs | HasProc,
			},
			{
				Family: unix.AF_UNIX, Type: unix.SOCK_STREAM, State: StateSynSent, Refs: 3, Has: HasName | HasRefs | HasProc,
			},
			{
				Family: unix.AF_UNIX, Type: unix.SOCK_DGRAM, State: StateClose, Inode: 1071, Refs: 3, Has: HasRefs | HasProc,
			},
		},
		names: []string{"/run/a b", "\x00abs@x", ""},
		procs: []Proc{
			{Columns: 8, Pointer: 0x91b2c643, Flags: acceptCon, Status: unixUnconnected},
			{Columns: 8, Pointer: 0x7072e932, Status: unixConnecting},
			{Columns: 7, Pointer: 0x7072e932, Status: unixUnconnected},
		},
	},
	{
		name:  "packet",
		query: Query{Family: unix.AF_PACKET},
		text:  "00000000c1de79e4 3      3    0003   7     1 832    1000   4711  \n",
		want: []Socket{{
			Family: unix.AF_PACKET, Type: unix.SOCK_RAW, Protocol: unix.ETH_P_ALL, State: StateClose, Iface: 7, RecvQ: 832,
			UID: 1000, Inode: 4711, Refs: 3, Has: HasUID | HasRefs | HasQueues | HasProc,
		}},
		procs: []Proc{
			{Columns: 9, Pointer: 0xc1de79e4, Status: 1},
		},
	},
	{
		name:  "netlink",
		query: Query{Family: unix.AF_NETLINK},
		text:  "00000000956af205 15  3735928559 00000005 832      1        0     2        4        566     \n",
		want: []Socket{{
			Family: unix.AF_NETLINK, Protocol: 15, State: StateClose, RecvQ: 832, SendQ: 1, Inode: 566, Refs: 2,
			Netlink: Netlink{PortID: 0xdeadbeef}, Has: HasRefs | HasQueues | HasProc,
		}},
		procs: []Proc{
			{Columns: 10, Pointer: 0x956af205, Groups: 5, Drops: 4},
		},
	},
}

func TestParseProc(t *testing.T) {
	t.Parallel()
	if bigEndian {
		t.Skip("the lines were written by a little-endian kernel")
	}
	for _, tt := range procTests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Collect(ParseProc(strings.NewReader("header\n"+tt.text), &tt.query))
			if err != nil || len(got) != len(tt.want) {
				t.Fatalf("%d sockets, %v, want %d", len(got), err, len(tt.want))
			}
			for i, s := range got {
				want := tt.want[i]
				want.Source = SourceProc
				if tt.query.Protocol == unix.IPPROTO_TCP {
					want.Family, want.Protocol, want.Type = unix.AF_INET, unix.IPPROTO_TCP, unix.SOCK_STREAM
					want.Has = HasUID | HasRefs | HasProc
				}
				if d := cmp.Diff(want, *s, compareSockets); d != "" {
					t.Errorf("line %d (-want +got):\n%s", i, d)
				}
				if d := cmp.Diff(tt.procs[i], s.Proc()); d != "" {
					t.Errorf("line %d (-want +got):\n%s", i, d)
				}
				if tt.names != nil && tt.names[i] != string(s.Name()) {
					t.Errorf("line %d: name %q, want %q", i, s.Name(), tt.names[i])
				}
			}
		})
	}
}

func TestParseProcAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	for _, tt := range procTests {
		few, many := procAllocs(&tt.query, tt.text, 1), procAllocs(&tt.query, tt.text, 1000)
		if many > few+10 { // for a thousand more lines
			t.Errorf("%s: %v allocations for a thousand times as many lines, %v for one set", tt.name, many, few)
		}
	}
}

func procAllocs(q *Query, text string, times int) float64 {
	text = "header\n" + strings.Repeat(text, times)
	return testing.AllocsPerRun(5, func() {
		for _, err := range ParseProc(strings.NewReader(text), q) {
			if err != nil {
				panic(err)
			}
		}
	})
}

func FuzzParseProc(f *testing.F) {
	for i := range procTests {
		f.Add("header\n"+procTests[i].text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, table uint8) {
		pt := procTables[int(table)%len(procTables)]
		q := Query{Family: pt.family, Protocol: pt.protocol}
		for s, err := range ParseProc(strings.NewReader(text), &q) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Source != SourceProc || s.Has&HasProc == 0 {
				t.Fatalf("socket from %q has source %d, parts %x", text, s.Source, s.Has)
			}
			touch(s)
		}
	})
}
