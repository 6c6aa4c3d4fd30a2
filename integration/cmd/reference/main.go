// Command reference prints the directory of the reference programs. If there is none it gets them from
// Debian, once, into .cache/reference:
//
//	go -C integration run ./cmd/reference
//
// It needs apt-get and dpkg-deb, no rights, and installs nothing.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/nlstat/nlstat/integration/reference"
)

func main() {
	folder, err := install()
	if err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.Stdout, folder) // errors of stdout are ignored
}

func install() (folder string, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	top, err := reference.Top()
	if err != nil {
		return "", err
	}
	return reference.Install(ctx, top)
}
