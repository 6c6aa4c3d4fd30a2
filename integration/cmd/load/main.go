// Command load makes a lot of sockets, routes, flows, namespaces or processes in a network namespace of
// its own and runs a command in there:
//
//	go -C integration run ./cmd/load -tcp 200000 -- ss -Htan
//
// It needs root. When the command ends, everything goes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/nlstat/nlstat/integration/load"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(2)
	}
	os.Exit(code)
}

func run() (int, error) {
	if child, err := load.Child(); child {
		return 0, err
	}
	var spec load.Spec
	spec.Flags(flag.CommandLine)
	flag.Parse()
	if flag.NArg() == 0 {
		return 2, errors.New("which command? for example: load -tcp 1000 -- ss -tan")
	}
	inside, code, err := load.Reexec()
	if !inside || err != nil {
		return code, err
	}
	start := time.Now()
	l, err := load.Start(&spec)
	if err != nil {
		return 2, err
	}
	defer l.Stop()
	fmt.Fprintf(os.Stderr, "load: ready after %v\n", time.Since(start).Round(time.Millisecond))
	return command(flag.Args())
}

func command(args []string) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}
