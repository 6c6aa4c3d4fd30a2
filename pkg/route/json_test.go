package route_test

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/nlstat/nlstat/pkg/route"
)

// TestHopJSON compares hops as JSON with the objects of `nlstat routes -O hops -J`, without its nulls.
func TestHopJSON(t *testing.T) {
	gateway := netip.MustParseAddr("2001:db8::1")
	for want, v := range map[string]any{
		`{"weight":1}`: route.Hop{Weight: 1},
		`{"gateway":"2001:db8::1","iface":"if7","weight":3,"flags":"onlink,linkdown"}`: &route.Hop{
			Gateway: gateway, Iface: 7, Weight: 3, Flags: route.HopFlagOnLink | route.HopFlagLinkDown,
		},
		`{"nexthop_id":9,"family":"ipv6","gateway":"2001:db8::1","iface":"if7","protocol":"static","scope":"global"}`: &route.Nexthop{
			ID: 9, Family: 10, Gateway: gateway, Iface: 7, Protocol: route.ProtocolStatic,
		},
	} {
		if got, err := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
	}
}
