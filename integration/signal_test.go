//go:build integration

package integration

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestInterrupt sends SIGINT and SIGTERM in every phase of a run, also while the reader of the output does
// not read, and checks that it ends within seconds, without output on standard error.
func TestInterrupt(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	port := ns.Listen("127.0.0.1:0").Port()
	for _, line := range []string{"ss -tan", "netstat -tan", "netstat -c -tan", "nlstat -a", "nlstat --json -a"} {
		t.Run(line, func(t *testing.T) {
			once := strings.Fields(strings.Replace(line, " -c", "", 1))
			r := ns.With(t).Run(once[0], once[1:]...)
			atWork(t, line, &r, port)
			for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 50 * time.Millisecond} {
				interrupt(t, ns.With(t), line, after, unix.SIGINT)
				interrupt(t, ns.With(t), line, after, unix.SIGTERM)
			}
		})
	}
}

func interrupt(t *testing.T, ns *harness.NS, line string, after time.Duration, signal unix.Signal) {
	t.Helper()
	fields := strings.Fields(line)
	cmd := exec.CommandContext(t.Context(), harness.Program(t, fields[0]), fields[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe() // nobody reads it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdout.Close() }() // read side of a pipe
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(signal) }) // it may be done already
	defer timer.Stop()
	hung := time.AfterFunc(10*time.Second, func() {
		t.Errorf("%s: still there 10 s after %v", line, signal)
		_ = cmd.Process.Kill() // it may have ended meanwhile
	})
	defer hung.Stop()
	_ = cmd.Wait() // whatever the code, it has ended
	if stderr.Len() > 0 {
		t.Errorf("%s, %v after %v: stderr %q", line, signal, after, &stderr)
	}
}
