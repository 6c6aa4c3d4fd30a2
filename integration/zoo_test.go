//go:build integration

package integration

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestZoo checks by the reference that the zoo is complete.
func TestZoo(t *testing.T) {
	reference := harness.Reference(t, "ss")
	ns := harness.New(t)
	ns.Zoo()
	count := map[string]int{}
	rows := strings.Split(strings.TrimSpace(string(ns.Run(reference, "-Htan").Stdout)), "\n")
	for _, row := range rows {
		state, _, _ := strings.Cut(row, " ")
		count[state]++
	}
	for _, state := range []string{
		"ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK",
		"LISTEN", "CLOSING",
	} {
		if count[state] < 5 {
			t.Errorf("%d sockets in %s, want one per kind of address at least", count[state], state)
		}
	}
	if len(rows) < 40 {
		t.Errorf("%d TCP sockets, want 40 at least", len(rows))
	}
	t.Logf("%d TCP sockets: %v", len(rows), count)
}
