package cli

import (
	"os"

	"github.com/nlstat/nlstat/internal/term"
)

// terminal returns the properties of the output.
func (a *app) terminal() term.Terminal { return term.Of(a.Stdout) }

// faintNotices decides whether notices are dim: what --color says counts for standard error too, if that is a
// terminal.
func (a *app) faintNotices(color string) {
	t := term.Of(a.Stderr)
	a.faint = t.Is && t.WantColor(color)
}

// faint makes text dim on a terminal.
func faint(text string) string { return "\x1b[2m" + text + "\x1b[0m" }

// page pipes the output through a pager, if it is a terminal and paging is not disabled.
func (a *app) page(declined bool) (end func() error) {
	in, _ := a.Stdin.(*os.File)
	out, _ := a.Stdout.(*os.File)
	if declined || in == nil || out == nil {
		return func() error { return nil }
	}
	p := term.NewPager(a.ctx, in, out)
	if p == nil {
		return func() error { return nil }
	}
	a.Stdout, a.paging = p, true
	p.Started = func() error {
		a.paging = false
		return a.confine()
	}
	return func() error {
		a.Stdout, a.paging = out, false
		return p.Close()
	}
}
