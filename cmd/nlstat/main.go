// Command nlstat shows sockets, who holds them and whom they talk to, from netlink.
package main

import (
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/nlstat/nlstat/internal/native"
	"github.com/nlstat/nlstat/internal/netstat"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/ss"
)

func main() {
	// What takes much memory has no pointers, so that collecting costs little, and keeping twice as much more.
	debug.SetGCPercent(25)
	// A reader that has seen enough must not kill us: the write fails then, and we end in silence.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(native.Main(native.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		DropRights: rights.Drop,
		Faces:      map[string]native.Face{"netstat": netstat.Main, "ss": socketStatistics},
	}))
}

func socketStatistics(args []string, stdout, stderr io.Writer) int {
	return ss.Main(args, os.Stdin, stdout, stderr)
}
