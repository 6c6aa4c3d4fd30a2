package term

import (
	"bytes"
	"context"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
)

// A Pager buffers output until it is longer than the screen, and then passes it to a program that shows it
// page by page. Shorter output is written directly. It implements io.Writer; call [Pager.Close] at the end.
type Pager struct {
	// Started, if not nil, is called after the program was started; it is the only one.
	Started func() error

	ctx     context.Context //nolint:containedctx // io.Writer has none, and the value lives for one run
	in, out *os.File
	lines   int // of the screen, less one for the prompt
	command command

	held    bytes.Buffer
	newline int // in held
	cmd     *exec.Cmd
	pipe    *os.File // to the pager
	plain   bool     // the program cannot be started
	modes   *unix.Termios
	restore func()
}

// NewPager returns a pager for out, nil if input or output is not a terminal or the user disabled it.
// When ctx ends, the program gets SIGTERM.
func NewPager(ctx context.Context, in, out *os.File) *Pager {
	t := Of(out)
	if !t.Is || t.Dumb || !IsTerminal(in) {
		return nil
	}
	c := pagerCommand(os.Environ(), rights.Elevated())
	if c.words == nil {
		return nil
	}
	return &Pager{ctx: ctx, in: in, out: out, lines: max(t.Height-1, 1), command: c}
}

// Write implements io.Writer.
func (p *Pager) Write(b []byte) (int, error) {
	switch {
	case p.pipe != nil:
		return p.pipe.Write(b)
	case p.plain:
		return p.out.Write(b)
	}
	p.newline += bytes.Count(b, []byte{'\n'})
	n, err := p.held.Write(b)
	if err == nil && p.newline > p.lines {
		err = p.start()
	}
	return n, err
}

// endDelay is the time between SIGTERM and SIGKILL for the program. The terminal is restored after that, and
// before this process ends.
const endDelay = signals.Grace / 2

// start runs the program and writes the buffer to it. While it runs it gets the keys of the terminal: ^C and
// ^\ end both processes or neither.
func (p *Pager) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return p.without()
	}
	defer func() { _ = read.Close() }() // the program has a copy
	p.cmd = p.command.build(p.ctx)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = read, p.out, p.out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(unix.SIGTERM) }
	p.cmd.WaitDelay = endDelay
	p.modes, _ = unix.IoctlGetTermios(int(p.in.Fd()), unix.TCGETS) // nil is not restored
	// Started before signals are ignored, since a program inherits that.
	if err := rights.Bare(p.cmd.Start); err != nil {
		_ = write.Close() // nothing was written
		p.cmd = nil
		return p.without()
	}
	p.restore = signals.Ignore(unix.SIGINT, unix.SIGQUIT)
	p.pipe = write
	if p.Started != nil {
		if err := p.Started(); err != nil {
			return err
		}
	}
	_, err = p.held.WriteTo(p.pipe)
	return err
}

// without continues without a pager.
func (p *Pager) without() error {
	p.plain = true
	_, err := p.held.WriteTo(p.out)
	return err
}

// Close writes buffered output, or waits until the user has left the program, and restores the terminal. The
// error is the cause of the context if that has ended.
func (p *Pager) Close() error {
	if p.cmd == nil {
		_, err := p.held.WriteTo(p.out)
		return err
	}
	_ = p.pipe.Close() // the user may have left already
	_ = p.cmd.Wait()   // the pager's exit code does not matter
	if p.modes != nil && foreground(p.in) {
		_ = unix.IoctlSetTermios(int(p.in.Fd()), unix.TCSETS, p.modes) // the terminal may be gone
	}
	p.restore()
	return context.Cause(p.ctx)
}

// foreground reports whether this process may change and read the terminal without being stopped for it. On a
// terminal that does not control its session nobody stops it.
func foreground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == unix.ENOTTY && IsTerminal(f) || err == nil && group == unix.Getpgrp()
}
