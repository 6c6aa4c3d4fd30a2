//go:build linux

package route_test

import (
	"context"
	"log"

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
