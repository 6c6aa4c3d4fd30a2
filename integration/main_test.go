//go:build integration

package integration

import (
	"fmt"
	"os"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

func TestMain(m *testing.M) {
	if comm, ok := os.LookupEnv(holderEnv); ok {
		if err := hold(comm); err != nil {
			fmt.Fprintln(os.Stderr, "holder:", err)
			os.Exit(1)
		}
		return
	}
	if text, ok := os.LookupEnv(keeperEnv); ok {
		if err := keep(text); err != nil {
			fmt.Fprintln(os.Stderr, "keeper:", err)
			os.Exit(1)
		}
		return
	}
	// Returning would end with 0 where no test was run.
	os.Exit(harness.Main(m))
}
