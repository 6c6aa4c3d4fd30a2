// Command nlstat shows sockets, who holds them and whom they talk to, from netlink.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/nlstat/nlstat/internal/native"
	"github.com/nlstat/nlstat/internal/netstat"
)

func main() {
	// A reader that has seen enough must not kill us: the write fails then, and we end in silence.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(native.Main(native.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Faces: map[string]native.Face{"netstat": netstat.Main},
	}))
}
