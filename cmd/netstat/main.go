// Command netstat shows sockets, routes, interfaces, groups and counters as the netstat of net-tools
// 2.10 does, byte for byte, from netlink.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/nlstat/nlstat/internal/netstat"
)

func main() {
	// A reader that has seen enough must not kill us: the write fails then, and we end in silence.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(netstat.Main(os.Args, os.Stdout, os.Stderr))
}
