package term

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/signals"
)

// An Event of a [Screen] is a key, or a reason to redraw.
type Event struct {
	Key    byte // 0 = none. Keys that send several bytes, such as arrows, are left out
	Redraw bool // the size has changed, or the process was continued in the foreground
}

// A Screen is a terminal on which frames are drawn over one another. While it is open keys are read one by
// one, without echo. ^C, ^\ and ^Z still send signals. SIGINT and SIGTERM must end the user of a Screen
// (signals.Context); the Screen restores the terminal in any case.
type Screen struct {
	in, out *os.File
	events  chan Event
	caught  chan os.Signal
	stop    func() // stops the delivery of signals
	done    chan struct{}
	wait    sync.WaitGroup
	drawn   bool

	mu   sync.Mutex
	keys *keys // nil while the terminal has its original modes
	over bool
}

// OpenScreen opens a Screen on a terminal. Keys are read from in if that is a terminal, too, while this
// process is in the foreground.
func OpenScreen(in, out *os.File) *Screen {
	s := &Screen{
		in: in, out: out, events: make(chan Event, 16),
		caught: make(chan os.Signal, 4), done: make(chan struct{}),
	}
	s.stop = signals.Notify(s.caught,
		unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP, unix.SIGQUIT, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	s.take()
	s.wait.Go(s.handle)
	return s
}

// Events returns the channel of keys and reasons to redraw. Events without a receiver are lost.
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

// Close restores the terminal. The next output, such as the prompt of a shell, is on a new line.
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
	if s.keys = readKeys(s.in, s.events); s.keys == nil {
		return false
	}
	_, _ = s.out.WriteString(hideCursor) // the next frame fails if this does
	return true
}

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
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
	_, _ = s.out.WriteString(showCursor) // the terminal may be gone
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
