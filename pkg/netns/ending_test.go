//go:build linux

package netns

import (
	"context"
	"os"
	"os/exec"
	"testing"
)

// TestListEnding lists namespaces while processes end all the time: one that ended between two reads was
// counted as denied, because the kernel returns EACCES for both.
func TestListEnding(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, whom no process refuses")
	}
	before, err := List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	churn := exec.CommandContext(ctx, "/bin/sh", "-c", "while :; do /bin/true; done")
	if err := churn.Start(); err != nil {
		t.Fatal(err)
	}
	defer churn.Wait() //nolint:errcheck // it is killed
	defer cancel()
	for range 400 {
		r, err := List(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Stats.Denied > before.Stats.Denied {
			t.Fatalf("%d processes refuse, %d did before", r.Stats.Denied, before.Stats.Denied)
		}
	}
}
