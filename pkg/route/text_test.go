//go:build linux

package route

import (
	"fmt"
	"net/netip"
	"testing"
)

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
	} {
		if got := tt.row.String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
