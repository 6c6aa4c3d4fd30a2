package term

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	ptys "github.com/nlstat/nlstat/internal/pty"
	"github.com/nlstat/nlstat/internal/signals"
)

// TestMain is also the programs that the tests run on terminals.
func TestMain(m *testing.M) {
	programs := map[string]func() int{"screen": watchProgram, "whole": wholeProgram, "pager": pagerProgram}
	if program := programs[os.Getenv("TERM_CHILD")]; program != nil {
		os.Exit(program())
	}
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGHUP} {
		if signal.Ignored(s) { // by nohup; what is caught here has its default in what the tests start
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	os.Exit(m.Run())
}

// watchProgram draws until q or a signal comes.
func watchProgram() int {
	signals.Classic()
	ctx, stop := signals.Context(context.Background())
	defer stop()
	s := OpenScreen(os.Stdin, os.Stdout)
	defer func() { _ = s.Close() }() // a test looks at what is written
	for n := 1; ; n++ {
		if err := s.Draw(&Frame{Head: []byte("head"), Body: fmt.Appendf(nil, "frame %d\n", n)}); err != nil {
			return 1
		}
		select {
		case e := <-s.Events():
			if e.Key == "q" {
				return 7
			}
		case <-ctx.Done():
			return 8
		}
	}
}

// wholeProgram shows what was typed until q or a signal comes.
func wholeProgram() int {
	signals.Classic()
	ctx, stop := signals.Context(context.Background())
	defer stop()
	s := OpenWhole(os.Stdin, os.Stdout)
	defer func() { _ = s.Close() }() // a test looks at what is written
	for typed := "nothing"; ; {
		width, height := s.Size()
		if err := s.Show([]string{"first", "typed " + typed, "last"}, width, height); err != nil {
			return 1
		}
		select {
		case e := <-s.Events():
			switch {
			case e.Key == "q":
				return 7
			case e.Key != "":
				typed = e.Key + " " + e.Text
			}
		case <-ctx.Done():
			return 8
		}
	}
}

// pagerProgram writes more than a screen.
func pagerProgram() int {
	signals.Classic()
	ctx, stop := signals.Context(context.Background())
	defer stop()
	p := NewPager(ctx, os.Stdin, os.Stdout)
	if p == nil {
		_, _ = os.Stdout.WriteString("no pager\n")
		return 9
	}
	for n := range 30 {
		_, _ = fmt.Fprintf(p, "line %d\n", n) // a test looks at what comes
	}
	if err := p.Close(); err != nil || ctx.Err() != nil {
		return 8
	}
	return 7
}

// A pty is a terminal with a program on it.
type pty struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	cmd    *exec.Cmd

	mu   sync.Mutex
	seen bytes.Buffer
}

func newPTY(t *testing.T, rows, cols uint16) *pty {
	t.Helper()
	master, slave, err := ptys.Open(int(cols), int(rows))
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { _, _ = master.Close(), slave.Close() }) // nothing is lost
	return &pty{t: t, master: master, slave: slave}
}

func (p *pty) resize(rows, cols uint16) {
	p.t.Helper()
	if err := ptys.Resize(p.slave, int(cols), int(rows)); err != nil {
		p.t.Fatal(err)
	}
}

// start runs a program of TestMain in the foreground of the terminal.
func (p *pty) start(program string, env ...string) {
	p.t.Helper()
	p.cmd = exec.CommandContext(p.t.Context(), os.Args[0])
	p.cmd.Env = append(os.Environ(), append(env, "TERM_CHILD="+program, "TERM=xterm")...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = p.slave, p.slave, p.slave
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { // ends with the terminal
		buf := make([]byte, 4096)
		for {
			n, err := p.master.Read(buf)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.seen.Write(buf[:n])
			p.mu.Unlock()
		}
	}()
}

func (p *pty) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.String()
}

// await waits until ok.
func (p *pty) await(what string, ok func() bool) {
	p.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); !ok(); <-tick.C {
		if time.Now().After(end) {
			p.t.Fatalf("%s: never came; seen %q", what, p.text())
		}
	}
}

func (p *pty) awaitText(want string) {
	p.t.Helper()
	p.await(want, func() bool { return strings.Contains(p.text(), want) })
}

func (p *pty) typed(keys string) {
	p.t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// modes returns how the terminal is set.
func (p *pty) modes() unix.Termios {
	p.t.Helper()
	m, err := ptys.Modes(p.slave)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// code waits for the end of the program.
func (p *pty) code() int {
	p.t.Helper()
	_ = p.cmd.Wait() // how it ends is in the state
	return p.cmd.ProcessState.ExitCode()
}

// script writes a program that a test takes for a pager, and returns the variable that names its folder.
func script(t *testing.T, name, text string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, "PATH=" + dir + ":" + os.Getenv("PATH")
}
