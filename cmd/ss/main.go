// Command ss shows sockets as the ss of iproute2 7.3 does, byte for byte.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/nlstat/nlstat/internal/ss"
)

func main() {
	// A reader that has seen enough must not kill us: the write fails then, and we end in silence.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(ss.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
