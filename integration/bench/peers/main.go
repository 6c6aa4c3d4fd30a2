// Command peers lists TCP sockets by other Go libraries and prints how many it found. It has a module
// of its own, so that nobody inherits what it needs.
package main

import (
	"fmt"
	"os"

	"github.com/shirou/gopsutil/v4/net"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func main() {
	peers := map[string]func() (int, error){"gopsutil": gopsutil, "vishvananda": vishvananda}
	if len(os.Args) != 2 || peers[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peers gopsutil | vishvananda")
		os.Exit(2)
	}
	n, err := peers[os.Args[1]]()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
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
