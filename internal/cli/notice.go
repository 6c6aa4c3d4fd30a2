package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/pkg/render"
)

// complain writes a message to stderr as one line: names that it quotes may be hostile.
func (a *app) complain(format string, args ...any) {
	line := render.AppendLine([]byte("nlstat: "), fmt.Appendf(nil, format, args...))
	_, _ = a.Stderr.Write(line) // there is no other place to report it
}

// complainOf reports an error, for a filter with the position.
func (a *app) complainOf(err error) {
	e, ok := errors.AsType[*query.Error](err)
	if !ok {
		a.complain("%v", err)
		return
	}
	lines := e.Lines()
	a.complain("%s", lines[0])
	for _, line := range lines[1:] {
		_, _ = a.Stderr.Write(render.AppendLine(nil, []byte(line))) // likewise
	}
}

// notice reports each format once: the numbers in a message change from one sample to the next.
func (a *app) notice(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	thing := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, text)
	if !a.noticed[thing] {
		a.noticed[thing] = true
		a.note(text)
	}
}

// note writes a notice, dim on a terminal. A screen takes notices as they are.
func (a *app) note(text string) {
	if _, file := a.Stderr.(*os.File); !a.faint || !file {
		a.complain("%s", text)
		return
	}
	line := render.AppendLine([]byte("nlstat: "), []byte(text))
	_, _ = io.WriteString(a.Stderr, faint(strings.TrimSuffix(string(line), "\n"))+"\n") // as in complain
}

// faint makes text dim on a terminal.
func faint(text string) string { return "\x1b[2m" + text + "\x1b[0m" }

// faintNotices decides whether notices are dim: --color applies to standard error too, if that is a terminal.
func (a *app) faintNotices(color string) {
	t := term.Of(a.Stderr)
	a.faint = t.Is && t.WantColor(color)
}
