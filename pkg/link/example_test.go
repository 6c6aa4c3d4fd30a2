//go:build linux

package link_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"

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

// A list of the addresses of this host that is kept up to date, of both families.
func ExampleConn_WatchAddresses() {
	c, err := link.Dial(&link.Config{Events: link.GroupAddresses})
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	there := map[netip.Prefix]uint32{}
	for a, err := range c.WatchAddresses(context.Background()) {
		if _, lost := errors.AsType[*link.LostError](err); lost {
			clear(there) // all come again
			continue
		}
		if err != nil {
			log.Print(err)
			return
		}
		there[a.Prefix] = a.Link
		if a.Deleted {
			delete(there, a.Prefix)
		}
		if a.Prefix.Addr().IsLoopback() {
			fmt.Println("there is a loopback address")
			return // a daemon goes on
		}
	}
	// Output: there is a loopback address
}
