//go:build integration

package integration

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/integration/harness"
)

// A screened is top on a terminal that is emulated: what counts is what the user sees.
type screened struct {
	*keyed
	emulator *vt.Emulator
	fed      int
}

// top starts top on a terminal of a size.
func top(t *testing.T, ns *harness.NS, width, height int, args ...string) *screened {
	t.Helper()
	c := harness.Command{Path: harness.Program(t, "nlstat"), Name: "nlstat"}
	env := []string{"TERM=xterm-256color", "TZ=UTC"}
	k := keyboardOf(t, ns, with(c, env, append([]string{"top"}, args...)...), width, height)
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

// TestTopScreens compares each view of a recording, in three sizes of a terminal, with how it was drawn.
// UPDATE_SCREENS=1 writes that.
func TestTopScreens(t *testing.T) {
	ns := harness.New(t)
	recording, err := filepath.Abs("../internal/cli/testdata/inspect.nls")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []struct {
		name          string
		width, height int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x60", 200, 60}} {
		s := top(t, ns, size.width, size.height, "--replay", recording, "--color=always")
		s.shows("findings:")
		for i, view := range []string{"Processes", "Connections", "Listeners", "Peers", "Closed", "Links", "Doctor"} {
			s.keys(string(rune('1' + i)))
			got := s.shows("[" + string(rune('1'+i)) + " " + view + "]")
			if at := strings.Index(got, "  since "); at >= 0 { // the time of this run
				got = got[:at] + got[at+strings.Index(got[at:], "\n"):]
			}
			checkScreen(t, filepath.Join("testdata", "top", size.name+"-"+strings.ToLower(view)+".txt"), got)
		}
		s.keys("2", "K")
		s.shows("of a recording cannot be closed")
		s.ended()
	}
}

func checkScreen(t *testing.T, file, got string) {
	t.Helper()
	got += "\n"
	if os.Getenv("UPDATE_SCREENS") != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got)\n%s", file, d)
	}
	wide := slices.MaxFunc(strings.Split(got, "\n"), func(a, b string) int { return len([]rune(a)) - len([]rune(b)) })
	if strings.HasPrefix(filepath.Base(file), "80x24") && len([]rune(wide)) > 80 {
		t.Errorf("%s: %q is wider than the terminal", file, wide)
	}
}
