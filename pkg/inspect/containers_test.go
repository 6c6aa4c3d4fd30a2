//go:build linux

package inspect

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestContainersReplay checks that a recording has any names of containers, and a redacted one none.
func TestContainersReplay(t *testing.T) {
	known := map[string]string{}
	for i, name := range hostileNames {
		if name == "" {
			continue // which is unknown
		}
		known[strings.Repeat("0123456789abcde"+string(rune('0'+i%10)), 4)] = name
	}
	rec := recordingOf(t, func(w *diag.Recorder) {
		table := tableWriter{rec: w, name: containersTable}
		(&containers{known: known}).record(&table, hider{})
		table.flush()
	})
	c := newContainers(rec)
	for id, name := range known {
		if got := c.Name(id); got != name || c.shown(id) != name {
			t.Errorf("container %s is %q, want %q", id, got, name)
		}
	}
	if c.Name("../../etc/passwd") != "" || c.shown("web") != "web" {
		t.Error("what is no id is looked up")
	}
}
