// Command nlstat shows sockets, who holds them and whom they talk to, from netlink.
package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/native"
)

func main() {
	// A reader that has seen enough must not kill us: the write fails then, and we end in silence.
	signal.Ignore(unix.SIGPIPE)
	os.Exit(native.Main(native.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Faces: map[string]native.Face{},
	}))
}
