package cli

import (
	"os"

	"github.com/nlstat/nlstat/internal/term"
)

// page pipes the output through a pager, if it is a terminal and paging is not disabled.
func (a *app) page(declined bool) (end func() error) {
	in, _ := a.Stdin.(*os.File)
	out, _ := a.Stdout.(*os.File)
	if declined || in == nil || out == nil || !term.Of(out).Is {
		return func() error { return nil }
	}
	a.handleSignals()
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
