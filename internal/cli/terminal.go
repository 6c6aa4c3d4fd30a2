package cli

import (
	"os"

	"github.com/nlstat/nlstat/internal/term"
)

// terminal is what is known of where the output goes.
func (a *app) terminal() term.Terminal { return term.Of(a.Stdout) }

// page puts a pager before the terminal, if there is one and the user has not declined.
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
