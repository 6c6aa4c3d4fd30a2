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

// A Pager holds output back until it is longer than the screen, and then gives it to a program that shows it
// page by page. Shorter output is written as it is. It implements io.Writer; call [Pager.Close] at the end.
type Pager struct {
	// Started, if it is set, is called when the program has been started: no other one will be.
	Started func() error

	ctx     context.Context //nolint:containedctx // io.Writer has none, and the value lives for one run
	in, out *os.File
	lines   int // that the screen has, less one for the prompt
	command command

	held    bytes.Buffer
	newline int // in held
	cmd     *exec.Cmd
	pipe    *os.File // to the pager
	plain   bool     // the program cannot be started
	modes   *unix.Termios
	restore func()
}

// NewPager returns a pager for out, nil if there is to be none: if input or output is not a terminal,
// or the user wants none. When ctx ends, the program is asked to end too.
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

// endDelay is the time that the program has to end after SIGTERM, before it is killed: the terminal is
// restored after that, while this process has not ended either.
const endDelay = signals.Grace / 2

// start runs the program and gives it what was held back. While it runs the keys of the terminal are
// its own: ^C and ^\ leave both or neither.
func (p *Pager) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return p.without()
	}
	defer func() { _ = read.Close() }() // the program has its own
	p.cmd = p.command.build(p.ctx)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = read, p.out, p.out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(unix.SIGTERM) }
	p.cmd.WaitDelay = endDelay
	p.modes, _ = unix.IoctlGetTermios(int(p.in.Fd()), unix.TCGETS) // nil is not restored
	// Started before signals are ignored, since a program inherits that.
	if err := p.cmd.Start(); err != nil {
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

// without goes on as if there were no pager.
func (p *Pager) without() error {
	p.plain = true
	_, err := p.held.WriteTo(p.out)
	return err
}

// Close writes what never filled a screen, or waits until the user has left the program. The terminal
// is as it was then, however the program has ended. The error is the cause of the context if that has ended.
func (p *Pager) Close() error {
	if p.cmd == nil {
		_, err := p.held.WriteTo(p.out)
		return err
	}
	_ = p.pipe.Close() // the user may have left already
	_ = p.cmd.Wait()   // how a pager ends says nothing about the list
	if p.modes != nil && foreground(p.in) {
		_ = unix.IoctlSetTermios(int(p.in.Fd()), unix.TCSETS, p.modes) // the terminal may be gone
	}
	p.restore()
	return context.Cause(p.ctx)
}

// foreground reports whether this process may change and read the terminal without being stopped for it.
func foreground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
