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
