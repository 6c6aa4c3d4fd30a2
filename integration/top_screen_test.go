//go:build integration

package integration

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"github.com/nlstat/nlstat/integration/harness"
)

// A screened is top on an emulated terminal, whose screen is checked.
type screened struct {
	*keyed
	emulator *vt.Emulator
	fed      int
}

// top starts top on a terminal of a size.
func top(t *testing.T, ns *harness.NS, width, height int, args ...string) *screened {
	t.Helper()
	return topBy(t, ns, &harness.Command{Path: harness.Program(t, "nlstat")}, width, height, args...)
}

// topBy starts top by a command to which it is appended.
func topBy(t *testing.T, ns *harness.NS, c *harness.Command, width, height int, args ...string) *screened {
	t.Helper()
	return screenBy(t, ns, c, width, height, append([]string{"top"}, args...)...)
}

// screenBy starts a program with arguments that are appended to its own.
func screenBy(t *testing.T, ns *harness.NS, c *harness.Command, width, height int, args ...string) *screened {
	t.Helper()
	env := []string{"TERM=xterm-256color", "TZ=UTC"}
	k := keyboardOf(t, ns, with(*c, env, slices.Concat(c.Args, args)...), width, height)
	s := &screened{keyed: k, emulator: vt.NewEmulator(width, height)}
	go func() { _, _ = io.Copy(k.master, s.emulator) }() // it replies to what the program requests of a terminal
	t.Cleanup(func() { _ = s.emulator.Close() })         // nothing is lost
	return s
}

// text returns the screen.
func (s *screened) text() string {
	_, _ = s.emulator.Write(s.all.Bytes()[s.fed:]) // an emulator takes everything
	s.fed = s.all.Len()
	lines := strings.Split(s.emulator.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.Join(lines, "\n")
}

// typed types without waiting.
func (s *screened) typed(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits until the screen has a text.
func (s *screened) shows(want string) string {
	s.t.Helper()
	late := time.After(attackTime)
	for {
		text := s.text()
		if strings.Contains(text, want) {
			return text
		}
		select {
		case b := <-s.keyed.text:
			s.all.Write(b)
		case <-late:
			_ = s.cmd.Process.Kill() // it hangs
			s.t.Fatalf("%q is never shown:\n%s", want, text)
		}
	}
}
