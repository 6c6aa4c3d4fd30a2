package term

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/signals"
)

// An Event of a [Screen] is a key, or a reason to redraw.
type Event struct {
	// Key is a letter or the name of a key: "q", "enter", "up", "ctrl+u"; on a whole screen "paste", "click",
	// "wheel up" and "wheel down", too.
	Key    string
	Text   string // that is typed or pasted
	X, Y   int    // the cell of a click
	Redraw bool   // the size has changed, or the process has come back from the background
}

// A Screen is a terminal on which one picture is drawn over the other. While it is open keys come one by
// one and are not shown. ^C, ^\ and ^Z keep their meaning: signals. The user of a Screen ends
// when SIGINT or SIGTERM comes (signals.Context); the terminal is put in order then in any case.
//
// A whole screen is the alternate one of the terminal: what was there before comes back. ^C is a key there.
type Screen struct {
	in, out *os.File
	whole   bool
	events  chan Event
	caught  chan os.Signal
	stop    func() // stops the delivery of signals
	done    chan struct{}
	wait    sync.WaitGroup
	drawn   bool

	mu    sync.Mutex
	keys  *keys // nil while the terminal is in order
	over  bool
	shown []string // lines that are there, nil if that is not known
	size  [2]int   // when they were drawn
}

// OpenScreen takes a terminal. Keys are read from in if that is one too, and while this process is in
// the foreground.
func OpenScreen(in, out *os.File) *Screen { return open(&Screen{in: in, out: out}) }

// OpenWhole takes a whole terminal, for [Screen.Show].
func OpenWhole(in, out *os.File) *Screen { return open(&Screen{in: in, out: out, whole: true}) }

func open(s *Screen) *Screen {
	s.events, s.caught, s.done = make(chan Event, 16), make(chan os.Signal, 4), make(chan struct{})
	s.stop = signals.Notify(s.caught,
		unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP, unix.SIGQUIT, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	s.take()
	s.wait.Go(s.handle)
	return s
}

// Events returns the channel of keys and reasons to redraw.
func (s *Screen) Events() <-chan Event { return s.events }

// Draw draws f over the last frame.
func (s *Screen) Draw(f *Frame) error {
	leave := "^C quits"
	if s.take() {
		leave = "q quits"
	}
	var b []byte
	if !s.drawn {
		b = append(b, "\x1b[2J"...)
	}
	s.drawn = true
	// Without wrapping, lines stay in their row even if the terminal is resized meanwhile.
	b = f.append(append(b, "\x1b[?7l"...), Of(s.out), leave)
	_, err := s.out.Write(append(b, "\x1b[?7h"...))
	return err
}

// Size returns the size of the terminal now.
func (s *Screen) Size() (width, height int) {
	t := Of(s.out)
	return t.Width, t.Height
}

// Show draws lines, made for a terminal of the given size, on a whole screen: those that are not there
// already. In the background nothing is drawn.
func (s *Screen) Show(lines []string, width, height int) error {
	if !s.take() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil { // a signal has come
		return nil
	}
	var b []byte
	if size := [2]int{width, height}; s.shown == nil || s.size != size {
		b, s.size, s.shown = append(b, "\x1b[2J"...), size, []string{}
	}
	for i := range min(max(len(lines), len(s.shown)), height) {
		if line := lineAt(lines, i); line != lineAt(s.shown, i) {
			b = fmt.Appendf(b, "\x1b[%dH\x1b[2K%s", i+1, line)
		}
	}
	s.shown = append(s.shown[:0], lines...)
	if b == nil {
		return nil
	}
	_, err := s.out.Write(slices.Concat([]byte(beginFrame), b, []byte(endFrame)))
	return err
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// A frame is shown as a whole by terminals that know how to; others pass this over.
const (
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
)

// Close puts the terminal in order. What comes next, which is the prompt of a shell, is on a line of its own.
func (s *Screen) Close() error {
	s.stop()
	close(s.done)
	s.wait.Wait()
	s.release(true)
	if !s.drawn {
		return nil
	}
	_, err := s.out.Write([]byte{'\n'})
	return err
}

// take starts reading keys, if this process may, and reports whether it does.
func (s *Screen) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys != nil {
		return true
	}
	if s.over || !IsTerminal(s.in) || !foreground(s.in) {
		return false
	}
	if s.keys = readKeys(s.in, s.whole, s.events); s.keys == nil {
		return false
	}
	begin := hideCursor
	if s.whole {
		begin, s.shown = beginWhole, nil
	}
	_, _ = s.out.WriteString(begin) // the next frame fails if this does
	return true
}

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"

	// The alternate screen, without breaks of long lines; buttons of the mouse, in cells; text that is pasted
	// is told from keys.
	beginWhole = "\x1b[?1049h" + hideCursor + "\x1b[?7l\x1b[?1000h\x1b[?1006h\x1b[?2004h"
	endWhole   = "\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?7h" + showCursor + "\x1b[?1049l"
)

// release restores the terminal; permanently if over is set.
func (s *Screen) release(over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = s.over || over
	if s.keys == nil {
		return
	}
	s.keys.close()
	s.keys = nil
	end := showCursor
	if s.whole {
		end = endWhole
	}
	_, _ = s.out.WriteString(end) // the terminal may be gone
}

// handle handles signals until the screen is closed.
func (s *Screen) handle() {
	for {
		select {
		case <-s.done:
			return
		case sig := <-s.caught:
			s.handleOne(sig)
		}
	}
}

func (s *Screen) handleOne(sig os.Signal) {
	switch sig {
	case unix.SIGWINCH:
	case unix.SIGTSTP:
		s.release(false)
		signals.Act(unix.SIGTSTP)
		s.take()
	case unix.SIGCONT: // the shell may have changed the terminal meanwhile
		s.release(false)
		s.take()
	case unix.SIGQUIT:
		s.release(true)
		signals.Act(unix.SIGQUIT)
	case unix.SIGHUP:
		s.release(true)
		signals.Act(unix.SIGHUP)
	default:
		s.release(true)
	}
	select {
	case s.events <- Event{Redraw: true}:
	default: // there is one already
	}
}
