// Command peers lists TCP sockets or routes by other Go libraries and prints how many it found; `peers
// costs` lists TCP sockets by all of them and by package diag, and writes the cost of a row. It is a module
// of its own, so that its dependencies are not inherited.
package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/shirou/gopsutil/v4/net"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// peers are the libraries by the words of the command line.
var peers = map[string]func() (int, error){
	"gopsutil":           gopsutil,
	"vishvananda":        vishvananda,
	"vishvananda routes": vishvanandaRoutes,
	"jsimonetti routes":  jsimonettiRoutes,
}

func main() {
	if slices.Equal(os.Args[1:], []string{"costs"}) {
		if err := costs(os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
		return
	}
	peer := peers[strings.Join(os.Args[1:], " ")]
	if peer == nil {
		fmt.Fprintln(os.Stderr, "usage: peers costs |", strings.Join(slices.Sorted(maps.Keys(peers)), " | "))
		os.Exit(2)
	}
	n, err := peer()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	fmt.Println(n)
}

func gopsutil() (int, error) {
	conns, err := net.Connections("tcp")
	return len(conns), err
}

func vishvananda() (int, error) {
	n := 0
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		socks, err := netlink.SocketDiagTCP(family)
		if err != nil {
			return 0, err
		}
		n += len(socks)
	}
	return n, nil
}

// vishvanandaRoutes lists those of every table, as jsimonettiRoutes does.
func vishvanandaRoutes() (int, error) {
	every := &netlink.Route{Table: unix.RT_TABLE_UNSPEC}
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_ALL, every, netlink.RT_FILTER_TABLE)
	return len(routes), err
}

func jsimonettiRoutes() (int, error) {
	c, err := rtnetlink.Dial(nil)
	if err != nil {
		return 0, err
	}
	defer c.Close() // read-only
	routes, err := c.Route.List()
	return len(routes), err
}
