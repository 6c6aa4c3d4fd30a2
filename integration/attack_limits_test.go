//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestAttackLimits runs commands with too few resources. They succeed, or end with one line that says what
// is missing, and leave no incomplete recording.
func TestAttackLimits(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	shell := harness.Tool(t, "bash")
	whole := filepath.Join(t.TempDir(), "whole")
	if r := ns.Run("nlstat", "record", whole); r.Code != 0 && r.Code != 3 {
		t.Fatalf("record: %s", r.Stderr)
	}
	for _, limit := range []string{
		"ulimit -v 850000", "ulimit -v 1500000", "ulimit -v 2000000", "ulimit -d 90000", "ulimit -d 100000", "ulimit -d 200000",
		"ulimit -n 3", "ulimit -n 4", "ulimit -n 5", "ulimit -n 6", "ulimit -n 8", "ulimit -n 10", "ulimit -n 12", "ulimit -n 16",
		"ulimit -f 0", "ulimit -f 1", "ulimit -f 8", "ulimit -s 128", "ulimit -t 100", "ulimit -l 0", "ulimit -q 0", "ulimit -i 0",
		"exec 0<&-", "exec 1>&-", "exec 2>&-", "exec 0<&- 1>&- 2>&-", "exec 1>/dev/full", "exec 2>/dev/full", "exec 1>/dev/full 2>&1",
		"exec 0</", "cd /proc/self/fd",
	} {
		for _, line := range []string{
			"nlstat", "nlstat -a --json", "nlstat -A", "nlstat links", "nlstat stats", "nlstat summary", "nlstat record FILE",
			"nlstat --record FILE", "nlstat --replay WHOLE -a", "nlstat --replay - -a", "nlstat explain tcp", "nlstat fields", "nlstat --help",
			"nlstat wait tcp", "nlstat -w=10ms --times 2", "ss -tanp", "ss -s", "netstat -tanp", "netstat -i",
		} {
			attackLimit(t, ns, shell, limit, line, whole)
		}
	}
}

func attackLimit(t *testing.T, ns *harness.NS, shell, limit, line, whole string) {
	t.Helper()
	what := limit + "; " + line
	dir := t.TempDir()
	program, words, _ := strings.Cut(line, " ")
	words = strings.NewReplacer("FILE", dir+"/recording", "WHOLE", whole).Replace(words)
	r := ns.Exec(&harness.Command{
		Path: shell, Args: []string{"-c", limit + "; exec " + harness.Program(t, program) + " " + words},
		Env: []string{"NLSTAT_CONFIG="}, Limit: attackTime,
	})
	sane(t, what, &r)
	if n := strings.Count(string(r.Stderr), "\n"); n > 4 {
		t.Errorf("%s: %d lines: %s", what, n, r.Stderr)
	}
	told := len(r.Stderr) > 0 || strings.Contains(limit, "2>")
	if r.Code != 0 && !told || r.Code < 0 {
		t.Errorf("%s: exit code %d: %s", what, r.Code, r.Stderr)
	}
	if strings.Contains(limit, "1>/dev/full") && r.Code == 0 && !strings.Contains(words, "ecord") && !strings.Contains(line, "times") {
		t.Errorf("%s: nobody is told that the disk is full", what)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		if entry.Name() != "recording" || r.Code != 0 && r.Code != 3 {
			t.Errorf("%s: exit code %d, and %s is left", what, r.Code, entry.Name())
		} else if r := ns.Run("nlstat", "--replay", dir+"/recording"); r.Code != 0 {
			t.Errorf("%s: the recording is not whole: %s", what, r.Stderr)
		}
	}
}

// TestAttackStart sets limits below what the runtime needs: the programs end with an error.
func TestAttackStart(t *testing.T) {
	ns := harness.New(t)
	shell := harness.Tool(t, "bash")
	for _, limit := range []string{
		"-v 1000", "-v 20000", "-v 100000", "-v 400000", "-v 600000", "-d 100", "-d 5000", "-d 20000", "-d 30000", "-d 33000",
	} {
		for _, line := range []string{"nlstat", "nlstat -a --json", "ss -tan", "netstat -tan"} {
			program, words, _ := strings.Cut(line, " ")
			r := ns.Exec(&harness.Command{
				Path: shell, Args: []string{"-c", "ulimit " + limit + "; exec " + harness.Program(t, program) + " " + words},
			})
			if r.Code == 0 || len(r.Stdout) > 0 {
				t.Errorf("ulimit %s; %s: exit code %d: %s", limit, line, r.Code, r.Stdout)
			}
			if r.Code < 0 && limit != "-v 1000" && limit != "-d 100" {
				t.Errorf("ulimit %s; %s: ended by the kernel before it began", limit, line)
			}
		}
	}
}

// TestAttackProcesses limits the number of threads. With less than six the runtime may not reach main.
func TestAttackProcesses(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	shell := harness.Tool(t, "bash")
	for n := 6; n < 16; n++ {
		for _, line := range []string{"nlstat", "nlstat -a --json", "ss -tan", "netstat -tan"} {
			program, words, _ := strings.Cut(line, " ")
			r := ns.Exec(&harness.Command{
				Path: shell, UID: 61000 + n, // whose other processes would count
				Args: []string{"-c", fmt.Sprintf("ulimit -u %d; exec %s %s", n, harness.Program(t, program), words)},
			})
			sane(t, fmt.Sprintf("%d processes: %s", n, line), &r)
			if r.Code < 0 || r.Code > 3 || r.Code != 0 && len(r.Stderr) == 0 {
				t.Errorf("%d processes: %s: exit code %d: %s", n, line, r.Code, r.Stderr)
			}
		}
	}
}

// TestAttackFullDisk records on disks of every size up to what is needed.
func TestAttackFullDisk(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	dir := t.TempDir()
	for pages := 1; pages < 40; pages += 3 {
		if err := unix.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d", pages*4096)); err != nil {
			t.Skipf("not here: %v", err)
		}
		r := ns.Run("nlstat", "record", dir+"/recording")
		sane(t, "a full disk", &r)
		list, err := os.ReadDir(dir)
		if err != nil || r.Code != 0 && r.Code != 3 && len(list) > 0 {
			t.Errorf("%d pages: exit code %d, %v is left, %v", pages, r.Code, list, err)
		}
		if r.Code != 0 && r.Code != 3 && !strings.Contains(string(r.Stderr), "no space left") {
			t.Errorf("%d pages: %s", pages, r.Stderr)
		}
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Fatal(err)
		}
	}
}
