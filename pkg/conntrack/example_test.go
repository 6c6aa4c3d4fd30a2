//go:build linux

package conntrack_test

import (
	"context"
	"log"

	"github.com/nlstat/nlstat/pkg/conntrack"
)

func ExampleConn_Events() {
	c, err := conntrack.Dial(&conntrack.Config{Events: conntrack.GroupEnded})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for f, err := range c.Events(context.Background()) {
		if err != nil {
			log.Print(err)
			return
		}
		if f.DstNAT() {
			log.Printf("%v, translated to %v, has ended", f.Orig.Destination(), f.Reply.Source())
		}
	}
}

// Translated flows of both families.
func ExampleConn_Flows() {
	c, err := conntrack.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for f, err := range c.Flows(context.Background(), &conntrack.Query{NAT: conntrack.NATAny}) {
		if err != nil {
			log.Print(err) // without CAP_NET_ADMIN: conntrack.ErrPermission
			return
		}
		log.Printf("%v to %v is seen as %v to %v", f.Orig.Source(), f.Orig.Destination(), f.Reply.Destination(), f.Reply.Source())
	}
}
