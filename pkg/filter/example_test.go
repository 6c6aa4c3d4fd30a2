//go:build linux

package filter_test

import (
	"context"
	"fmt"
	"log"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
)

// A filter of ss with names of this machine; the kernel checks as much of it as possible.
func ExamplePlanner() {
	o := filter.Options{Names: filter.SystemNames(), TCP: true}
	f, err := filter.Parse([]string{"state established dport = :https"}, &o)
	if err != nil {
		log.Print(err)
		return
	}
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP}
		plan := (&filter.Planner{}).Plan(f.Expr, &q)
		for s, err := range c.Sockets(context.Background(), &plan.Query) {
			if err != nil {
				log.Print(err)
				return
			}
			if f.Match(s) {
				log.Print(s)
			}
		}
	}
}

// Close all connections to a network.
func ExampleDestroyAll() {
	f, err := filter.Parse([]string{"dst 192.0.2.0/24 or dst [2001:db8::]/32"}, nil)
	if err != nil {
		log.Print(err)
		return
	}
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP}
		closed, err := filter.DestroyAll(context.Background(), c, &q, f, nil)
		if err != nil {
			log.Print(err) // unix.EPERM without CAP_NET_ADMIN
			return
		}
		log.Printf("%d closed", closed)
	}
}

func ExampleGlob() {
	fmt.Println(filter.Glob("/run/*.sock", []byte("/run/app.sock")))
	// Output: true
}
