//go:build linux

package nltest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/nltest"
	"github.com/nlstat/nlstat/pkg/route"
)

// watching returns a context that ends a watch without the expected events.
func watching(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("it was not told"))
	t.Cleanup(cancel)
	return ctx
}

// TestFollowLink watches links while more are added than the kernel may queue events for: after the loss
// the whole table is yielded again.
func TestFollowLink(t *testing.T) {
	ns := nltest.New(t)
	c, err := link.Dial(&link.Config{NetNS: ns.FD(), Events: link.GroupLinks, EventMemory: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // read-only
	const pairs = 30
	there, lost := map[string]bool{}, 0
	for l, err := range c.Watch(watching(t)) {
		if _, ok := errors.AsType[*link.LostError](err); ok {
			lost++
			clear(there)
			continue
		}
		if err != nil {
			t.Fatalf("%v: %d links, %d losses", err, len(there), lost)
		}
		if len(there) == 0 && lost == 0 {
			for i := range pairs { // within the loop, so that nothing is read meanwhile
				at := fmt.Sprintf("192.0.2.%d/32", i)
				ns.Veth(fmt.Sprintf("a%d", i), at, ns, fmt.Sprintf("b%d", i), at)
			}
		}
		there[string(l.Name())] = true
		if len(there) == 2*pairs+1 {
			break
		}
	}
	if lost == 0 {
		t.Error("no loss: the list was not made again")
	}
}

// TestFollowTables watches existing and new addresses, routes and neighbors of both families.
func TestFollowTables(t *testing.T) {
	ns := nltest.New(t)
	ns.Veth("d0", "192.0.2.1/24", nltest.New(t), "", "192.0.2.2/24")
	ns.Address("d0", "2001:db8::1/64")
	links, err1 := link.Dial(&link.Config{NetNS: ns.FD(), Events: link.GroupAddresses})
	routes, err2 := route.Dial(&route.Config{NetNS: ns.FD(), Events: route.GroupRoutes})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	defer links.Close()  //nolint:errcheck // read-only
	defer routes.Close() //nolint:errcheck // likewise

	want := map[string]bool{"192.0.2.1/24": true, "2001:db8::1/64": true, "192.0.2.9/24": true, "2001:db8::9/64": true}
	for a, err := range links.WatchAddresses(watching(t)) {
		if err != nil {
			t.Fatalf("%v: not told of %v", err, want)
		}
		if a.Prefix.String() == "192.0.2.1/24" {
			ns.Address("d0", "192.0.2.9/24")
			ns.Address("d0", "2001:db8::9/64")
		}
		if delete(want, a.Prefix.String()); len(want) == 0 {
			break
		}
	}
	want = map[string]bool{"192.0.2.0/24": true, "2001:db8::/64": true, "198.51.100.0/24": true, "2001:db8:1::/64": true}
	for r, err := range routes.Watch(watching(t)) {
		if err != nil {
			t.Fatalf("%v: not told of %v", err, want)
		}
		if r.Dst.String() == "192.0.2.0/24" {
			ns.Route("198.51.100.0/24", "192.0.2.7")
			ns.Route("2001:db8:1::/64", "2001:db8::7")
		}
		if delete(want, r.Dst.String()); len(want) == 0 {
			break
		}
	}
}
