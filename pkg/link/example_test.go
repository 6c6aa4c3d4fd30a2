//go:build linux

package link_test

import (
	"context"
	"errors"
	"log"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/link"
)

func ExampleConn_Events() {
	c, err := link.Dial(&link.Config{Events: link.GroupLinks})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for l, err := range c.Events(context.Background()) {
		switch {
		case errors.Is(err, unix.ENOBUFS):
			log.Print("some were lost: list anew")
		case err != nil:
			log.Print(err)
			return
		case l.Deleted:
			log.Printf("%s is gone", l.Name())
		default:
			log.Printf("%s: up %t, MTU %d", l.Name(), l.Up(), l.MTU)
		}
	}
}

func ExampleConn_AddressEvents() {
	c, err := link.Dial(&link.Config{Events: link.GroupAddresses})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for a, err := range c.AddressEvents(context.Background()) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Printf("%v, deleted: %t", a.Prefix, a.Deleted)
	}
}
