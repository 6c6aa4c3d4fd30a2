//go:build linux

package owner_test

import (
	"context"
	"log"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// The owners of all TCP sockets, over IPv4 and IPv6. Package inspect does this join, and others.
func ExampleIndex_Owners() {
	ctx := context.Background()
	c, err := diag.Dial(nil)
	if err != nil {
		log.Print(err)
		return
	}
	defer c.Close() //nolint:errcheck // nothing was written
	x, err := owner.Scan(ctx, nil)
	if err != nil {
		log.Print(err)
		return
	}
	q := diag.Query{Protocol: unix.IPPROTO_TCP}
	for s, err := range c.BothFamilies(ctx, &q) {
		if err != nil {
			log.Print(err)
			return
		}
		for _, r := range x.Owners(s.Inode) {
			log.Printf("%v: %s (%d)", s, x.Process(r.PID).Comm(), r.PID)
		}
	}
}
