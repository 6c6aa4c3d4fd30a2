// Command netstat shows sockets, routes, interfaces, groups and counters as the netstat of net-tools
// 2.10 does, byte for byte, from netlink.
package main

import (
	"os"

	"github.com/nlstat/nlstat/internal/netstat"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
)

func main() {
	signals.Classic()
	signals.Inherit()
	rights.CleanEnvironment()
	if err := signals.Limits(); err != nil {
		_, _ = os.Stderr.WriteString("netstat: " + err.Error() + "\n") // errors of stderr cannot be reported
		os.Exit(1)
	}
	os.Exit(netstat.Main(os.Args, os.Stdout, os.Stderr))
}
