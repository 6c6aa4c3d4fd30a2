//go:build linux

package route

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
)

// group returns the attribute of a group: numbers and weights of its members.
func group(members ...uint32) (b []byte) {
	for i := 0; i < len(members); i += 2 {
		b = append(binary.NativeEndian.AppendUint32(b, members[i]), byte(members[i+1]-1), 0, 0, 0)
	}
	return b
}

// TestText checks the one line that logs and test failures show.
func TestText(t *testing.T) {
	to, by := netip.MustParsePrefix("10.1.0.0/16"), netip.MustParseAddr("10.0.0.1")
	for _, tt := range []struct {
		row  fmt.Stringer
		want string
	}{
		{
			&Route{Type: TypeUnicast, Dst: to, Gateway: by, Iface: 2, Table: TableMain, Deleted: true},
			"10.1.0.0/16 via 10.0.0.1 if2 table main deleted",
		},
		{&Route{Type: TypeBlackhole, Dst: to, Table: 7, Replaced: true}, "blackhole 10.1.0.0/16 table 7 replaced"},
		{&Neighbor{Addr: by, Iface: 2, State: NeighborStateReachable}, "10.0.0.1 if2 REACHABLE"},
		{&Neighbor{Iface: 2, State: NeighborStatePermanent, Deleted: true}, "if2 PERMANENT deleted"},
		{&Nexthop{ID: 1, Gateway: by, Iface: 2}, "id 1 via 10.0.0.1 if2"},
		{&Nexthop{ID: 3, Blackhole: true, Deleted: true}, "id 3 blackhole deleted"},
		{&Nexthop{ID: 4, Gateway: by, FDB: true}, "id 4 via 10.0.0.1 fdb"},
		{&Nexthop{ID: 7, group: group(1, 1, 2, 4)}, "id 7 group 1/2,4"},
		{&Rule{Action: ActionLookup, Table: TableLocal, SuppressPrefixLen: -1, SuppressGroup: -1}, "0: from all lookup local"},
		{
			&Rule{
				Priority: 100, Flags: 2, Src: to, iif: []byte("eth\x1b"), Has: RuleHasMark | RuleHasMarkMask | RuleHasDstPorts,
				Mark: 1, MarkMask: 0xff, DstPorts: [2]uint16{80, 90}, Action: ActionLookup, Table: 7, SuppressGroup: -1,
			},
			`100: not from 10.1.0.0/16 fwmark 0x1/0xff iif "eth\x1b" dport 80-90 lookup 7 suppress_prefixlength 0`,
		},
		{&Rule{Priority: 5, Dst: to, Action: ActionGoto, Goto: 9, Deleted: true}, "5: from all to 10.1.0.0/16 goto 9 deleted"},
		{&Rule{Priority: 1000, Action: ActionLookup, L3MDev: true, SuppressPrefixLen: -1, SuppressGroup: -1}, "1000: from all lookup l3mdev"},
	} {
		if got := tt.row.String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
