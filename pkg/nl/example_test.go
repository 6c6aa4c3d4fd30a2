//go:build linux

package nl_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/nl"
	"github.com/nlstat/nlstat/pkg/route"
)

// The addresses and routes of each link, of both families, on one connection.
func ExampleDial() {
	c, err := nl.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	links, err1 := link.New(c)
	routes, err2 := route.New(c)
	if err := errors.Join(err1, err2); err != nil {
		log.Print(err)
		return
	}
	ctx := context.Background()
	for l, err := range links.Links(ctx, nil) {
		if err != nil {
			log.Print(err)
			return
		}
		addresses, err1 := links.ListAddresses(ctx, &link.AddressQuery{Link: l.Index})
		ways, err2 := routes.List(ctx, &route.Query{Iface: l.Index})
		if err := errors.Join(err1, err2); err != nil {
			log.Print(err)
			return
		}
		log.Printf("%s: %d addresses, %d routes", l.Name(), len(addresses), len(ways))
		if string(l.Name()) == "lo" {
			fmt.Println("lo has index", l.Index)
		}
	}
	// Output: lo has index 1
}

// The kernel's explanation of an error.
func ExampleError() {
	c, err := route.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	_, err = c.List(context.Background(), &route.Query{Family: unix.AF_INET, Table: 123456789})
	if kernel, ok := errors.AsType[*nl.Error](err); ok {
		fmt.Println(kernel.Errno == unix.ENOENT, kernel.Text)
	}
	// Output: true ipv4: FIB table does not exist
}
