//go:build integration

package integration

import (
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
