//go:build integration

package integration

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestOwnerNotices compares the messages of the compatible tools if they may not read every
// process.
func TestOwnerNotices(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: takes rights away")
	}
	harness.NeedsUsers(t)
	network := []string{harness.Tool(t, "unshare"), "--net"}
	wraps := []struct {
		name string
		args []string
	}{
		{"root", nil},
		{"root of a pid namespace without sockets", []string{"unshare", "--pid", "--fork", "--mount", "--propagation", "unchanged", "--mount-proc"}},
		{"nobody", nobody},
		{"nobody with hidepid", append(slices.Clip(hidden), nobody...)},
		{"nobody with hidepid=1", append(hidePID(1), nobody...)},
		{"nobody who may list", append(slices.Clip(nobody), "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")},
		{"nobody who may inspect", append(slices.Clip(nobody), "--inh-caps=+sys_ptrace", "--ambient-caps=+sys_ptrace")},
	}
	for _, args := range [][]string{{"netstat", "-tnp"}, {"netstat", "-xnp"}, {"ss", "-tnp"}, {"ss", "-xnpT"}} {
		reference, ours := harness.Reference(t, args[0]), harness.Program(t, args[0])
		for _, w := range wraps {
			t.Run(args[0]+args[1]+" as "+w.name, func(t *testing.T) {
				wrap := slices.Concat(network, w.args)
				want := output(t, slices.Concat(wrap, []string{reference}, args[1:]))
				got := output(t, slices.Concat(wrap, []string{ours}, args[1:]))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("-reference +ours:\n%s", diff)
				}
			})
		}
	}
}

// output returns what a command prints, errors first, and how it ends.
func output(t *testing.T, args []string) [3]string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatalf("%v: %v", args, err)
	}
	return [3]string{stderr.String(), stdout.String(), cmd.ProcessState.String()}
}
