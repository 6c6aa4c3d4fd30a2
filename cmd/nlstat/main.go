// Command nlstat shows sockets, their processes and their peers, from netlink.
package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/nlstat/nlstat/internal/cli"
	"github.com/nlstat/nlstat/internal/netstat"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
	"github.com/nlstat/nlstat/internal/ss"
)

func main() {
	signals.Classic()
	rights.CleanEnvironment()
	if err := signals.Limits(); err != nil {
		os.Exit(cli.Unable(os.Args[1:], os.Stdout, os.Stderr, err))
	}
	collectOften()
	os.Exit(signals.End(cli.Main(cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Confine: confine, Drop: rights.Drop,
		FrontEnds: map[string]cli.FrontEnd{"netstat": networkStatistics, "ss": socketStatistics},
	})))
}

// confine drops the rights that a listing does not need, as far as the kernel can.
func confine(c *rights.Confinement) error {
	if err := rights.Confine(c); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// collectOften lets the garbage collector run when the heap has grown by a quarter: large data have no
// pointers, so that collections are cheap. It is set at the first collection, because setting it at the
// start takes 0.7 ms, a fifth of a run that lists a few sockets.
func collectOften() {
	witness := new([64]byte) // smaller values are collected together with others
	runtime.AddCleanup(witness, func(percent int) {
		if was := debug.SetGCPercent(percent); was < percent { // a command has set a lower value
			debug.SetGCPercent(was)
		}
	}, 25)
}

func networkStatistics(args []string, stdout, stderr io.Writer) int {
	signals.Inherit()
	return netstat.Main(args, stdout, stderr)
}

func socketStatistics(args []string, stdout, stderr io.Writer) int {
	signals.Inherit()
	return ss.Main(args, os.Stdin, stdout, stderr)
}
