//go:build integration

package integration

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestTop walks through the views of top on a terminal and leaves it by a key and by signals: the alternate
// screen is closed, the terminal is as it was, and the program dies of the signal.
func TestTop(t *testing.T) {
	ns := harness.New(t)
	server := ns.Listen("127.0.0.1:7001")
	ns.TCP("127.0.0.1:0").Connect(server)
	server.Accept()
	c := harness.Command{Path: harness.Program(t, "nlstat"), Name: "nlstat"}
	for _, end := range []struct {
		name   string
		leave  func(k *keyed)
		signal syscall.Signal // that it dies of
	}{
		{"q", func(k *keyed) { k.keys("q") }, 0},
		{"^C", func(k *keyed) { k.keys("\x03") }, 0},
		{"SIGTERM", func(k *keyed) { _ = k.cmd.Process.Signal(unix.SIGTERM) }, unix.SIGTERM},
		{"SIGHUP", func(k *keyed) { _ = k.cmd.Process.Signal(unix.SIGHUP) }, unix.SIGHUP},
	} {
		k := keyboard(t, ns, with(c, []string{"TERM=xterm"}, "top", "--interval", "100ms"))
		k.until("integration")
		k.keys("2")
		k.until("ESTAB")
		k.keys("3")
		k.until("127.0.0.1:7001")
		end.leave(k)
		code := k.ended()
		k.keys("") // what it wrote last
		status, _ := k.cmd.ProcessState.Sys().(syscall.WaitStatus)
		if end.signal != 0 && (!status.Signaled() || status.Signal() != end.signal) || end.signal == 0 && code != 0 {
			t.Errorf("%s: exit code %d, %v, want %v: %s", end.name, code, k.cmd.ProcessState, end.signal, k.seen())
		}
		if !strings.Contains(k.seen(), "\x1b[?1049h") || !strings.Contains(k.seen(), "\x1b[?1049l") {
			t.Errorf("%s: the alternate screen is not opened and closed: %q", end.name, k.seen())
		}
		if after := k.modes(); after != k.before {
			t.Errorf("%s: the terminal was %+v, is %+v", end.name, k.before, after)
		}
	}
}

// TestTopRefused checks that top refuses what is no screen, and a wrong command line before it opens one.
func TestTopRefused(t *testing.T) {
	ns := harness.New(t)
	for line, want := range map[string]string{
		"top":                        "top needs a terminal",
		"top --interval -1s":         "expected at least",
		"top --interval 0":           "expected",
		"top --view nosuch":          "expected one of",
		"top nosuchfield=1":          "unknown field",
		"top --interval 1s rtt > 50": "needs a unit",
	} {
		r := ns.Run("nlstat", strings.Fields(line)...)
		if r.Code != 2 || !strings.Contains(string(r.Stderr), want) || len(r.Stdout) > 0 {
			t.Errorf("nlstat %s: exit code %d, %q, %q, want 2 and %q", line, r.Code, r.Stderr, r.Stdout, want)
		}
	}
}
