//go:build linux

package route_test

import (
	"context"
	"log"
	"net/netip"

	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

func ExampleConn_Events() {
	c, err := route.Dial(&route.Config{Events: route.GroupRoutes})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for r, err := range c.Events(context.Background()) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Printf("%v by %v, deleted: %t, replaced: %t", r.Dst, r.Gateway, r.Deleted, r.Replaced)
	}
}

func ExampleConn_NeighborEvents() {
	c, err := route.Dial(&route.Config{Events: route.GroupNeighbors})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for n, err := range c.NeighborEvents(context.Background()) {
		if err != nil {
			log.Print(err)
			return
		}
		if n.State == route.NeighborStateFailed {
			log.Printf("%v does not answer", n.Addr)
		}
	}
}

// The routes of both families, with the names of their links.
func ExampleConn_Routes() {
	ctx := context.Background()
	c, err := route.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	names := link.NewNames(nil)
	defer names.Close() //nolint:errcheck // nothing was written
	for r, err := range c.Routes(ctx, &route.Query{Table: route.TableMain}) {
		if err != nil {
			log.Print(err)
			return
		}
		for hop := range r.Hops() { // one, or several of a multipath route
			log.Printf("%v by %v on %s", r.Dst, hop.Gateway, names.Name(hop.Iface))
		}
	}
}

// The route of packets to a destination.
func ExampleConn_Lookup() {
	c, err := route.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for _, to := range []string{"192.0.2.1", "2001:db8::1"} {
		r, err := c.Lookup(context.Background(), &route.Packet{Dst: netip.MustParseAddr(to)})
		if err != nil {
			log.Printf("%s: %v", to, err) // no route
			continue
		}
		log.Printf("%s by %v from %v", to, r.Gateway, r.PrefSrc)
	}
}

// The neighbors of both families (ARP and NDP).
func ExampleConn_Neighbors() {
	c, err := route.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for n, err := range c.Neighbors(context.Background(), nil) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Printf("%v is %s, %v", n.Addr, link.AppendHW(nil, n.HW()), n.State)
	}
}
