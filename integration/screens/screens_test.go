package screens

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/cli"
	"github.com/nlstat/nlstat/internal/pty"
	"github.com/nlstat/nlstat/pkg/render"
)

var update = flag.Bool("update", false, "write how screens are drawn")

const recording = "../../internal/cli/testdata/inspect.nls"

// A screen is a program on an emulated terminal.
type screen struct {
	t        *testing.T
	master   *os.File
	emulator *vt.SafeEmulator
	errs     bytes.Buffer // read when it has ended
	ended    chan int
}

// start runs nlstat in this process.
func start(t *testing.T, width, height int, args ...string) *screen {
	t.Helper()
	master, slave, err := pty.Open(width, height)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	s := &screen{t: t, master: master, emulator: vt.NewSafeEmulator(width, height), ended: make(chan int, 1)}
	go func() { _, _ = io.Copy(s.emulator, master) }() // ends with the terminal
	go func() { _, _ = io.Copy(master, s.emulator) }() // it replies to what programs request of a terminal
	go func() {                                        // ends by a key
		s.ended <- cli.Main(cli.Env{Args: args, Stdin: slave, Stdout: slave, Stderr: &s.errs})
	}()
	t.Cleanup(func() {
		_, _ = master.Close(), slave.Close() // nothing is lost
		// Close of the emulator is not for two goroutines.
		if replies, ok := s.emulator.InputPipe().(io.Closer); ok {
			_ = replies.Close()
		}
	})
	return s
}

// text returns the screen.
func (s *screen) text() string {
	lines := strings.Split(s.emulator.Render(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(sgr.ReplaceAllString(lines[i], ""), " \r")
	}
	return strings.Join(lines, "\n") + "\n"
}

// shows waits until the screen has a text.
func (s *screen) shows(want string) {
	s.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(30 * time.Second); ; <-tick.C {
		text := s.text()
		if strings.Contains(text, want) {
			return
		}
		if time.Now().After(late) {
			s.t.Fatalf("%q is never shown:\n%s%s", want, text, &s.errs)
		}
	}
}

func (s *screen) keys(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// quit ends it.
func (s *screen) quit() {
	s.t.Helper()
	s.keys("q")
	if code := <-s.ended; code != 0 || s.errs.Len() > 0 {
		s.t.Errorf("exit code %d: %s", code, &s.errs)
	}
}

// TestNoKeyboard starts top without a keyboard, which is an error before a screen is opened.
func TestNoKeyboard(t *testing.T) {
	master, slave, err := pty.Open(80, 24)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	defer func() { _, _ = master.Close(), slave.Close() }() // nothing is lost
	t.Setenv("TERM", "xterm")
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nothing.Close() }() // likewise
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = reader.Close(), writer.Close() }() // likewise
	for name, in := range map[string]io.Reader{"/dev/null": nothing, "a pipe": reader, "nothing": nil} {
		var errs bytes.Buffer
		code := cli.Main(cli.Env{Args: []string{"top"}, Stdin: in, Stdout: slave, Stderr: &errs})
		if code != 2 || !strings.Contains(errs.String(), "which is not a terminal") {
			t.Errorf("%s: exit code %d: %s", name, code, &errs)
		}
	}
}

// sgr is a change of colors.
var sgr = regexp.MustCompile("\x1b\\[[0-9;:]*m")

var views = [...]string{"Processes", "Connections", "Listeners", "Peers", "Closed", "Links", "Doctor"}

// TestMain sets the time zone of the screens before anything reads the clock.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

func TestScreens(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("NLSTAT_CONFIG", "")
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}} {
		name := fmt.Sprintf("%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			s := start(t, size.width, size.height, "top", "--replay", recording, "--color=always")
			s.shows("findings:")
			for i, view := range views {
				s.keys(string(rune('1' + i)))
				s.shows("[" + string(rune('1'+i)) + " ")
				got := s.check(name + "-" + strings.ToLower(view) + ".txt")
				for line := range strings.Lines(got) {
					if n := render.Width([]byte(strings.TrimSuffix(line, "\n"))); n > size.width {
						t.Errorf("%s: %d cells: %q", view, n, line)
					}
				}
			}
			s.keys("2K")
			s.shows("of a recording cannot be closed")
			s.quit()
		})
	}
}

// settleTime is how long a screen may take to be drawn, or that of another one.
const settleTime = 3 * time.Second

// check waits until the screen equals the file. Parts of it may come later.
func (s *screen) check(name string) (got string) {
	s.t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		time.Sleep(settleTime / 10) // nothing says that the last piece has come
		if err := os.WriteFile(file, []byte(timeless(s.text())), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(settleTime); ; <-tick.C {
		if got = timeless(s.text()); got == string(want) {
			return got
		}
		if time.Now().After(late) {
			s.t.Errorf("%s is drawn in another way, which -update accepts (-want +got)\n%s", file, cmp.Diff(string(want), got))
			return got
		}
	}
}

// timeless leaves out the time of this run.
func timeless(text string) string {
	before, after, ok := strings.Cut(text, "  since ")
	if !ok {
		return text
	}
	return before + after[strings.IndexByte(after, '\n'):]
}
