// Command mutation breaks each program in ten ways and expects its tests to notice:
//
//	go -C integration run ./cmd/mutation         # all three
//	go -C integration run ./cmd/mutation ss
//
// It takes some minutes, needs no rights, and leaves the tree as it is.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/nlstat/nlstat/integration/mutation"
	"github.com/nlstat/nlstat/integration/reference"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func run(programs []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	top, err := reference.Top()
	if err != nil {
		return err
	}
	return mutation.Run(ctx, top, programs, os.Stdout)
}
