//go:build integration

package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// A mux is a tmux of its own, with one window.
type mux struct {
	t    *testing.T
	ns   *harness.NS
	path string
	dir  string // of its socket
}

// startMux starts tmux with a command on a terminal of a size.
func startMux(t *testing.T, ns *harness.NS, width, height int, command string) *mux {
	t.Helper()
	m := &mux{t: t, ns: ns, path: harness.Tool(t, "tmux"), dir: t.TempDir()}
	m.run("new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), command)
	t.Cleanup(func() { _ = m.cmd("kill-server").Run() }) // it may have ended
	return m
}

func (m *mux) cmd(words ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(m.t.Context()), m.path, append([]string{"-f", os.DevNull, "-S", m.dir + "/mux"}, words...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "NLSTAT_CONFIG=", "SHELL=/bin/sh", "TMUX=")
	return cmd
}

func (m *mux) run(words ...string) string {
	m.t.Helper()
	var out []byte
	var err error
	m.ns.Do(func() { out, err = m.cmd(words...).CombinedOutput() })
	if err != nil {
		m.t.Fatalf("tmux %q: %v: %s", words, err, out)
	}
	return string(out)
}

// shows waits until the screen has a text.
func (m *mux) shows(want string) string {
	m.t.Helper()
	for late := time.Now().Add(attackTime); ; time.Sleep(20 * time.Millisecond) {
		text := m.run("capture-pane", "-p")
		if strings.Contains(text, want) {
			return text
		}
		if time.Now().After(late) {
			m.t.Fatalf("%q is never shown:\n%s", want, text)
		}
	}
}

func (m *mux) keys(keys ...string) { m.run(append([]string{"send-keys"}, keys...)...) }

// TestTopTmux uses top in tmux as a person does: views, details, a filter, a resize, ^Z and back, and q, which gives
// back the screen and the modes of the terminal.
func TestTopTmux(t *testing.T) {
	ns := harness.New(t)
	server := ns.Listen("127.0.0.1:7013")
	ns.TCP("127.0.0.1:0").Connect(server)
	server.Accept()
	dir := t.TempDir()
	script := filepath.Join(dir, "session")
	text := fmt.Sprintf("set -m\necho before\nstty -g >%[1]s/before\n%[2]s top --interval 200ms\n"+
		"echo stopped\nread line\nfg\necho code $?\nstty -g >%[1]s/after\necho done\nread line\n",
		dir, harness.Program(t, "nlstat"))
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m := startMux(t, ns, 80, 24, "/bin/sh "+script)
	m.shows("TCP 3:")
	if got := m.run("display-message", "-p", "#{alternate_on}"); got != "1\n" {
		t.Errorf("the alternate screen: %q", got)
	}
	m.keys("3")
	m.shows("127.0.0.1:7013")
	m.keys("2", "Enter")
	m.shows("j/k scroll")
	m.keys("Escape")
	m.shows("j/k move")
	m.keys("/", ":1", "Enter")
	m.shows("nothing matches the filter")
	m.keys("/", "C-u", "Enter")
	m.shows("ESTAB")
	m.run("resize-window", "-x", "10", "-y", "3")
	m.shows("nlstat to")
	m.run("resize-window", "-x", "110", "-y", "30")
	m.shows("[2 Connections] 3 Listeners")
	m.keys("C-z")
	m.shows("stopped")
	m.keys("Enter")
	m.shows("[2 Connections]") // fg goes on
	m.keys("q")
	after := m.shows("done")
	if !strings.Contains(after, "before") || !strings.Contains(after, "code 0") || strings.Contains(after, "PROCESS") {
		t.Errorf("the screen after top:\n%s", after)
	}
	modes := map[string]string{}
	for _, name := range []string{"before", "after"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		modes[name] = string(b)
	}
	if modes["before"] != modes["after"] || modes["before"] == "" {
		t.Errorf("stty -g: %q before, %q after", modes["before"], modes["after"])
	}
}
