// Command summary reads the events of go test and ends with a summary of them; .ci/test is what uses it:
//
//	go test -json ./... | go -C integration run ./cmd/summary
//
// It exits with 1 if a test failed, or if none passed.
package main

import (
	"fmt"
	"os"

	"github.com/nlstat/nlstat/integration/summary"
)

func main() {
	passed, err := summary.Run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
	}
	if err != nil || !passed {
		os.Exit(1)
	}
}
