//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A phase is a command that waits until a signal comes.
type phase struct {
	program, words string
	watches        bool // SIGINT and SIGTERM end it as one ends a watch
}

var phases = []phase{
	{"nlstat", "-a --rate=1m", false},
	{"nlstat", "links --rate=1m", false},
	{"nlstat", "stats --rate=1m", false},
	{"nlstat", "stats --rate=1m --record FILE", false},
	{"nlstat", "links --rate=1m --record FILE", false},
	{"nlstat", "wait sport=1 and sport=2 --timeout=5m", false},
	{"nlstat", "wait --gone tcp or udp --timeout=0", false},
	{"nlstat", "kill --rate=1m sport=1", false},
	{"nlstat", "--replay - -a", false},
	{"nlstat", "diff -", false},
	{"nlstat", "-w", true},
	{"nlstat", "-w --jsonl", true},
	{"nlstat", "links -w --csv", true},
	{"nlstat", "summary -w", true},
	{"ss", "-E", false},
	{"netstat", "-c", false},
	{"netstat", "-i -c", false},
	{"ss", "-tan -F /dev/stdin", false},
}

// TestAttackSignals ends commands in each phase by each signal: soon, without output, with the same status
// as ss and netstat, and without an incomplete file.
func TestAttackSignals(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	for _, p := range phases {
		for _, s := range []unix.Signal{
			unix.SIGTERM, unix.SIGINT, unix.SIGQUIT, unix.SIGALRM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGHUP, unix.SIGVTALRM, unix.SIGPROF, unix.SIGPIPE,
		} {
			p.signal(t, ns, s)
		}
	}
}

func (p *phase) signal(t *testing.T, ns *harness.NS, s unix.Signal) {
	t.Helper()
	what := fmt.Sprintf("%s %s, %v", p.program, p.words, unix.SignalName(s))
	dir := t.TempDir()
	words := strings.Fields(strings.Replace(p.words, "FILE", dir+"/recording", 1))
	cmd := exec.CommandContext(t.Context(), harness.Program(t, p.program), words...)
	cmd.Env = append(os.Environ(), "NLSTAT_CONFIG=", "LC_ALL=C")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	stdin, err := cmd.StdinPipe() // nobody writes
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }() // nothing was written
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	settled(t, what, cmd.Process.Pid)
	hung := time.AfterFunc(20*time.Second, func() {
		t.Errorf("%s: still there", what)
		_ = cmd.Process.Kill() // it may have ended meanwhile
	})
	defer hung.Stop()
	_ = cmd.Process.Signal(s) // seen below
	if s == unix.SIGPIPE && p.program == "nlstat" {
		// ignored: a write fails instead
		_ = cmd.Process.Signal(unix.SIGTERM)
		s = unix.SIGTERM
	}
	_ = cmd.Wait()                                        // seen below
	status := cmd.ProcessState.Sys().(syscall.WaitStatus) //nolint:errcheck // on Linux it is one
	byKey := s == unix.SIGINT || s == unix.SIGTERM || s == unix.SIGHUP
	switch {
	case p.watches && byKey && status.Exited() && status.ExitStatus() == 0:
	case status.Signaled() && status.Signal() == s:
	default:
		t.Errorf("%s: exit code %d, signal %v", what, status.ExitStatus(), status.Signal())
	}
	if stderr.Len() > 0 && !strings.HasPrefix(stderr.String(), "nlstat: could not") {
		t.Errorf("%s: %q", what, &stderr)
	}
	left, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		// The recording of an interrupted watch is complete. A killed process cannot remove its file, but that
		// is not renamed yet, and cannot be opened as a recording.
		whole, part := p.watches && byKey, !byKey && strings.HasSuffix(file, ".part")
		replay := []string{"--replay", file}
		if words[0][0] != '-' {
			replay = append(replay, words[0])
		}
		r := ns.Run("nlstat", replay...)
		if !whole && !part || (r.Code == 0) != whole {
			t.Errorf("%s: %s is left; replay: exit code %d, %s", what, file, r.Code, r.Stderr)
		}
	}
}
