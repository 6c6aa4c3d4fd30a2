//go:build integration

package integration

import (
	"os"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

func TestMain(m *testing.M) {
	// Returning would end with 0 where no test was run.
	os.Exit(harness.Main(m))
}
