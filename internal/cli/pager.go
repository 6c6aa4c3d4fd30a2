package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A pager holds output back until it is longer than the screen, and then gives it to a program that
// people leaf through it with. Shorter output is written as it is.
type pager struct {
	out   io.Writer
	lines int // of the screen
	held  bytes.Buffer
	pipe  io.WriteCloser
	cmd   *exec.Cmd
	plain bool // there is no such program
}

// pagerCommand returns the program: NLSTAT_PAGER, PAGER or less. No shell is involved. Empty
// or cat is none.
func pagerCommand() []string {
	line, ok := os.LookupEnv("NLSTAT_PAGER")
	if !ok {
		line, ok = os.LookupEnv("PAGER")
	}
	if !ok {
		line = "less"
	}
	words := strings.Fields(line)
	if len(words) == 0 || words[0] == "cat" {
		return nil
	}
	if words[0] == "less" && len(words) == 1 && os.Getenv("LESS") == "" {
		words = append(words, "-FRSX") // quit if it fits, colors, no wrapping, leave it on the screen
	}
	return words
}

// page puts a pager before the terminal, if there is one and the user has not declined.
func (a *app) page(declined bool) (end func() error) {
	t := terminalOf(a.Stdout)
	if declined || !t.is || pagerCommand() == nil {
		return func() error { return nil }
	}
	before := a.Stdout
	p := &pager{out: before, lines: t.height - 1}
	a.Stdout = p
	return func() error {
		a.Stdout = before
		return p.close()
	}
}

// Write implements io.Writer.
func (p *pager) Write(b []byte) (int, error) {
	switch {
	case p.pipe != nil:
		return p.pipe.Write(b)
	case p.plain:
		return p.out.Write(b)
	}
	n, err := p.held.Write(b)
	if err == nil && bytes.Count(p.held.Bytes(), []byte{'\n'}) > p.lines {
		err = p.start()
	}
	return n, err
}

// start runs the pager and gives it what was held back.
func (p *pager) start() error {
	words := pagerCommand()
	p.cmd = exec.Command(words[0], words[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, os.Stderr
	pipe, err := p.cmd.StdinPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.plain, p.cmd = true, nil
		_, err = p.held.WriteTo(p.out)
		return err
	}
	p.pipe = pipe
	_, err = p.held.WriteTo(pipe)
	return err
}

// close writes what never filled a screen, or waits until the user has left the pager.
func (p *pager) close() error {
	if p.cmd == nil {
		_, err := p.held.WriteTo(p.out)
		return err
	}
	_ = p.pipe.Close() // the user may have left already
	_ = p.cmd.Wait()   // how a pager ends says nothing about the list
	return nil
}
