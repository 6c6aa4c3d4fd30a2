//go:build linux

package maddr_test

import (
	"context"
	"log"

	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
)

// The multicast groups of both families, with the names of their links.
func ExampleConn_Groups() {
	c, err := maddr.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	names := link.NewNames(nil)
	defer names.Close() //nolint:errcheck // nothing was written
	for g, err := range c.Groups(context.Background(), nil) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Printf("%s is in %v", names.Name(g.Iface), g.Addr)
	}
}
