//go:build integration

package integration

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestHelpFits checks that help texts fit terminals of 80 columns, but for commands to be copied.
func TestHelpFits(t *testing.T) {
	ns := harness.New(t)
	for _, topic := range []string{
		"", "addresses", "config", "diff", "doctor", "environment", "events", "exit-codes", "explain", "fields", "filter",
		"groups", "kill", "links", "listen", "man", "nat", "neighbors", "record", "routes", "rules", "show", "sockets",
		"stats", "summary", "wait", "why",
	} {
		args := strings.Fields("help " + topic)
		r := ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: args, Terminal: 80})
		if r.Code != 0 || bytes.Count(r.Stdout, []byte("\n")) < 5 {
			t.Fatalf("help %s: exit code %d, %q", topic, r.Code, r.Stdout)
		}
		for line := range strings.Lines(string(r.Stdout)) {
			if line = strings.TrimRight(line, "\r\n"); len(line) > 80 {
				t.Errorf("help %s: %d columns: %s", topic, len(line), line)
			}
		}
	}
}
