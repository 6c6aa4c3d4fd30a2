// Command ss shows sockets as the ss of iproute2 7.3 does, byte for byte.
package main

import (
	"os"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
	"github.com/nlstat/nlstat/internal/ss"
)

func main() {
	signals.Classic()
	signals.Inherit()
	rights.CleanEnvironment()
	if err := signals.Limits(); err != nil {
		_, _ = os.Stderr.WriteString("ss: " + err.Error() + "\n") // errors of stderr cannot be reported
		os.Exit(1)
	}
	os.Exit(ss.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
