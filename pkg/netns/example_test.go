//go:build linux

package netns_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nlstat/nlstat/pkg/netns"
)

// Enter a namespace by a name that a user types.
func Example() {
	ctx := context.Background()
	list, err := netns.List(ctx, &netns.Options{Local: true}) // nil searches the whole host
	if err != nil {
		fmt.Println(err)
		return
	}
	ns, err := netns.Resolve(ctx, list, "self") // or "blue", "4711", "/proc/4711/ns/net"
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := ns.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close() //nolint:errcheck // it was only entered
	err = netns.Do(int(f.Fd()), func() error {
		_, err := os.Stat("/proc/thread-self/net/dev") // of that namespace
		return err
	})
	fmt.Println(ns.Self, err)
	// Output: true <nil>
}
