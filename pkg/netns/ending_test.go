//go:build linux

package netns

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestListEnding lists namespaces while processes end all the time: one that ended between two reads was
// counted as denied, because the kernel returns EACCES for both.
func TestListEnding(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, whom no process refuses")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	churn := exec.CommandContext(ctx, "/bin/sh", "-c", "while :; do /bin/true; done")
	if err := churn.Start(); err != nil {
		t.Fatal(err)
	}
	defer churn.Wait() //nolint:errcheck // it is killed
	defer cancel()
	most := refusing(t)
	for range 400 {
		r, err := List(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Stats.Denied > most {
			most = max(most, refusing(t)) // other tests have processes, too
		}
		if r.Stats.Denied > most {
			t.Fatalf("%d processes refuse, want %d at most", r.Stats.Denied, most)
		}
	}
}

// refusing counts the processes that refuse to tell their namespace.
func refusing(t *testing.T) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		_, err := os.Readlink(path)
		stat, _ := os.ReadFile(strings.TrimSuffix(path, "ns/net") + "stat") // empty if it is gone
		if errors.Is(err, os.ErrPermission) && len(stat) > 0 && !bytes.Contains(stat, []byte(") Z ")) {
			n++
		}
	}
	return n
}
