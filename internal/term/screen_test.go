package term

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestScreenQuits checks that q ends a watch, that it says so, and what it leaves behind.
func TestScreenQuits(t *testing.T) {
	p := newPTY(t, 5, 40)
	before := p.modes()
	p.start("screen")
	p.awaitText("frame 1")
	if m := p.modes(); m.Lflag&(unix.ICANON|unix.ECHO) != 0 {
		t.Error("keys come as lines, or are shown")
	}
	p.typed("\x1b[A\x1bOqx") // an arrow and a key of the keypad are no keys of ours
	p.awaitText("frame 2")
	p.typed("q")
	if code := p.code(); code != 7 {
		t.Errorf("code %d", code)
	}
	if p.modes() != before {
		t.Error("the terminal is not as it was")
	}
	p.awaitText(showCursor)
	if text := p.text(); !strings.Contains(text, "q quits") || !strings.Contains(text, hideCursor) {
		t.Errorf("seen %q", text)
	}
}

// TestScreenSignals checks that the terminal is in order after whatever ends a watch.
func TestScreenSignals(t *testing.T) {
	for name, c := range map[string]struct {
		keys string
		send unix.Signal
		code int // -1 = died of a signal
	}{
		"^C":       {keys: "\x03", code: 8},
		"^\\":      {keys: "\x1c", code: -1},
		"SIGTERM":  {send: unix.SIGTERM, code: 8},
		"SIGHUP":   {send: unix.SIGHUP, code: -1},
		"SIGQUIT":  {send: unix.SIGQUIT, code: -1},
		"resized":  {send: unix.SIGWINCH, keys: "q", code: 7},
		"continue": {send: unix.SIGCONT, keys: "q", code: 7},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPTY(t, 5, 40)
			before := p.modes()
			p.start("screen")
			p.awaitText("frame 1")
			if c.send != 0 {
				if err := p.cmd.Process.Signal(c.send); err != nil {
					t.Fatal(err)
				}
			}
			if c.send == unix.SIGWINCH || c.send == unix.SIGCONT {
				p.awaitText("frame 2")
			}
			p.typed(c.keys)
			if code := p.code(); code != c.code {
				t.Errorf("code %d, want %d: %v", code, c.code, p.cmd.ProcessState)
			}
			if p.modes() != before {
				t.Error("the terminal is not as it was")
			}
			p.awaitText(showCursor)
			if strings.Contains(p.text(), "goroutine ") {
				t.Errorf("a trace: %s", p.text())
			}
		})
	}
}

// TestScreenStops checks ^Z: the terminal is in order while the process is stopped, twice.
func TestScreenStops(t *testing.T) {
	p := newPTY(t, 5, 40)
	before := p.modes()
	p.start("screen")
	p.awaitText("frame 1")
	for range 2 {
		frames := strings.Count(p.text(), "frame ") // the next may come before Signal returns
		// A process group without a parent in its session is never stopped by the terminal, so that the
		// test sends what stops any.
		if err := p.cmd.Process.Signal(unix.SIGTSTP); err != nil {
			t.Fatal(err)
		}
		p.await("another frame", func() bool { return strings.Count(p.text(), "frame ") > frames })
	}
	if n := strings.Count(p.text(), showCursor); n < 2 {
		t.Errorf("the cursor came back %d times", n)
	}
	p.typed("q")
	if code := p.code(); code != 7 {
		t.Errorf("code %d", code)
	}
	if p.modes() != before {
		t.Error("the terminal is not as it was")
	}
}

// TestScreenWaits checks that no thread is in a system call for keys: see [keys].
func TestScreenWaits(t *testing.T) {
	p := newPTY(t, 5, 40)
	p.start("screen")
	p.awaitText("frame 1")
	poll := strconv.Itoa(unix.SYS_PPOLL)
	looked := 0
	for range 50 { // a signal of the runtime may take it out for a moment
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", p.cmd.Process.Pid))
		if err != nil || len(threads) == 0 {
			t.Fatalf("threads %q, %v", threads, err)
		}
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil {
				continue // it ended
			}
			looked++
			if number, _, _ := strings.Cut(string(text), " "); number == poll {
				t.Fatalf("a thread waits: %s", text)
			}
		}
		time.Sleep(time.Millisecond)
	}
	if looked == 0 {
		t.Skip("no system calls of threads are shown here")
	}
	p.typed("q")
	if code := p.code(); code != 7 {
		t.Errorf("code %d", code)
	}
}

// TestScreenWithoutKeys draws where input is no terminal.
func TestScreenWithoutKeys(t *testing.T) {
	p := newPTY(t, 5, 40)
	s := OpenScreen(nil, p.slave)
	if s.take() {
		t.Error("keys come from nowhere")
	}
	if err := s.Draw(&Frame{Head: []byte("head")}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	buf := make([]byte, 200)
	n, err := p.master.Read(buf)
	if text := string(buf[:n]); err != nil || !strings.Contains(text, "^C quits") || strings.Contains(text, hideCursor) {
		t.Errorf("seen %q, %v", text, err)
	}
}

func TestOf(t *testing.T) {
	p := newPTY(t, 5, 40)
	t.Setenv("TERM", "xterm")
	t.Setenv("COLUMNS", "70")
	t.Setenv("LINES", "many")
	if got, want := Of(p.slave), (Terminal{Is: true, Width: 40, Height: 5}); got != want {
		t.Errorf("Of = %+v, want %+v", got, want)
	}
	p.resize(0, 0)
	if got, want := Of(p.slave), (Terminal{Is: true, Width: 70, Height: 24}); got != want {
		t.Errorf("Of without a size = %+v, want %+v", got, want)
	}
	if got := Of(&strings.Builder{}); got != (Terminal{}) {
		t.Errorf("Of a buffer = %+v", got)
	}
}

func TestWantColor(t *testing.T) {
	for _, c := range []struct {
		flag     string
		term     Terminal
		env      string
		want     bool
		explains string
	}{
		{"auto", Terminal{Is: true}, "", true, "a terminal"},
		{"auto", Terminal{}, "", false, "a pipe"},
		{"always", Terminal{}, "NO_COLOR=1", true, "asked for"},
		{"never", Terminal{Is: true}, "CLICOLOR_FORCE=1", false, "declined"},
		{"auto", Terminal{Is: true}, "NO_COLOR=1", false, "no color"},
		{"auto", Terminal{Is: true}, "CLICOLOR=0", false, "no color either"},
		{"auto", Terminal{}, "CLICOLOR_FORCE=1", true, "forced"},
		{"auto", Terminal{}, "CLICOLOR_FORCE=0", false, "not forced"},
		{"auto", Terminal{Is: true, Dumb: true}, "", false, "dumb"},
	} {
		t.Run(c.explains, func(t *testing.T) {
			for _, name := range []string{"NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"} {
				t.Setenv(name, "")
			}
			if name, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(name, value)
			}
			if got := c.term.WantColor(c.flag); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestWhole uses a whole screen: every key is one, what is there is not written again but after a change of the
// size, and the terminal is as it was while the process is stopped and in the end.
func TestWhole(t *testing.T) {
	p := newPTY(t, 5, 40)
	before := p.modes()
	p.start("whole")
	p.awaitText("last")
	for typed, want := range map[string]string{
		"\x1b[A": "typed up ", "\x1b": "typed esc ", "\x03": "typed ctrl+c ", "é": "typed é é", "\x13": "typed ctrl+s ",
		"\x1b[200~q\x1b[201~": "typed paste q",
	} {
		p.typed(typed)
		p.awaitText(want + endFrame)
	}
	if n := strings.Count(p.text(), "first"); n != 1 {
		t.Errorf("the first line is written %d times", n)
	}
	p.resize(6, 40)
	p.await("another first line", func() bool { return strings.Count(p.text(), "first") == 2 })
	if err := p.cmd.Process.Signal(unix.SIGTSTP); err != nil { // see TestScreenStops
		t.Fatal(err)
	}
	p.await("another first line", func() bool { return strings.Count(p.text(), "first") >= 3 })
	if text := p.text(); !strings.Contains(text, endWhole) || strings.Count(text, beginWhole) < 2 {
		t.Errorf("seen %q", text)
	}
	p.typed("q")
	if code := p.code(); code != 7 {
		t.Errorf("code %d", code)
	}
	if p.modes() != before {
		t.Error("the terminal is not as it was")
	}
	p.await("the end", func() bool { return strings.HasSuffix(p.text(), endWhole) })
}
