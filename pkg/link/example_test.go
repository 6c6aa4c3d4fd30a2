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
			clear(there) // all are yielded again
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
			return // a daemon continues
		}
	}
	// Output: there is a loopback address
}

// Each link with its addresses of both families: a query can be made within the loop over another one.
func ExampleConn_Addresses() {
	ctx := context.Background()
	c, err := link.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for l, err := range c.Links(ctx, nil) {
		if err != nil {
			log.Print(err)
			return
		}
		log.Printf("%s is %v", l.Name(), l.OperState)
		for a, err := range c.Addresses(ctx, &link.AddressQuery{Link: l.Index}) { // IPv4 and IPv6
			if err != nil {
				log.Print(err)
				return
			}
			log.Print(a.Prefix)
		}
	}
}

func ExampleConn_ByName() {
	c, err := link.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	lo, err := c.ByName(context.Background(), "lo")
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println(lo.Index, lo.MTU)
	// Output: 1 65536
}

func ExampleNames() {
	names := link.NewNames(nil)
	defer names.Close() //nolint:errcheck // nothing was written
	fmt.Println(names.Name(1))
	// Output: lo
}
