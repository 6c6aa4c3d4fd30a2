//go:build integration

package integration

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// lists are the command lines that faults are tried on.
var lists = []string{
	"ss -tuan", "ss -tanpi", "netstat -tuan", "netstat -tanp", "netstat -s", "nlstat", "nlstat --json", "nlstat --csv",
}

// shell runs one of our command lines under bash, with a redirection.
func shell(t *testing.T, ns *harness.NS, line, redirect string) harness.Result {
	t.Helper()
	program, args, _ := strings.Cut(line, " ")
	script := harness.Program(t, program) + " " + args + " " + redirect
	return ns.With(t).Exec(&harness.Command{Path: harness.Tool(t, "bash"), Args: []string{"-c", script}})
}

// TestFullDisk checks that a list that could not be written is never a success.
func TestFullDisk(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	for _, line := range append([]string{"nlstat --help", "nlstat help filters", "nlstat completion bash"}, lists...) {
		t.Run(line, func(t *testing.T) {
			r := shell(t, ns, line, ">/dev/full")
			if r.Code == 0 || bytes.Count(r.Stderr, []byte("\n")) != 1 {
				t.Errorf("exit code %d and stderr %q, want a failure and one line", r.Code, r.Stderr)
			}
		})
	}
}

// TestWithout takes something away. A command then either gives the same answer as with everything, or it
// fails and says in one line what it could not do.
func TestWithout(t *testing.T) {
	boxes := map[harness.Sandbox][]string{
		harness.NoNetlink: {"netstat -tan", "nlstat -H", "nlstat --json"},
		harness.NoProc:    {"ss -Htan", "netstat -tan", "nlstat -H", "nlstat --csv"},
		harness.NoBPF:     {"ss -Htanp", "netstat -tanp", "nlstat -H"},
		harness.NoRights:  {"ss -Htan", "netstat -tan", "nlstat -H", "nlstat --jsonl=local_addr,local_port"},
	}
	ns := harness.New(t)
	ns.Zoo()
	for box, lines := range boxes {
		for _, line := range lines {
			t.Run(string(box)+" "+line, func(t *testing.T) {
				fields := strings.Fields(line)
				command := harness.Command{Path: harness.Program(t, fields[0]), Args: fields[1:]}
				want := ns.With(t).Exec(&command)
				command.Boxes = []harness.Sandbox{box}
				got := ns.With(t).Exec(&command)
				if got.Code == 0 && bytes.Count(got.Stdout, []byte("\n")) != bytes.Count(want.Stdout, []byte("\n")) {
					t.Errorf("%d lines, want %d; stderr %q", bytes.Count(got.Stdout, []byte("\n")),
						bytes.Count(want.Stdout, []byte("\n")), got.Stderr)
				}
				if got.Code != 0 && len(got.Stderr) == 0 {
					t.Errorf("exit code %d in silence", got.Code)
				}
				if lines := bytes.Count(got.Stderr, []byte("\n")); lines > 2 {
					t.Errorf("%d lines on stderr, want two at most:\n%s", lines, got.Stderr)
				}
			})
		}
	}
}
