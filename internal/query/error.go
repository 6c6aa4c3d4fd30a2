package query

import (
	"cmp"
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// An Error is a mistake in a filter, or in other words of a command line: what is wrong, its position, and a
// suggestion.
type Error struct {
	What   string // that the mistake is in, "" = the filter
	Source string // the filter
	Pos    int    // position in bytes
	Len    int
	Msg    string
	Hint   string // suggestion, "" if there is none
}

// Error returns three lines: the message, the filter, and carets below the position.
func (e *Error) Error() string { return strings.Join(e.Lines(), "\n") }

// Lines returns the lines of the message. Control bytes of the filter are escaped: it may come from a script
// or the clipboard.
func (e *Error) Lines() []string {
	b, _ := render.AppendClean([]byte(cmp.Or(e.What, "filter")+": "), []byte(e.Msg))
	if e.Hint != "" {
		b = append(b, "; did you mean "...)
		b, _ = render.AppendClean(b, []byte(e.Hint))
		b = append(b, '?')
	}
	from := min(e.Pos, len(e.Source))
	to := min(from+max(e.Len, 0), len(e.Source))
	source, before := render.AppendClean([]byte("  "), []byte(e.Source[:from]))
	source, marked := render.AppendClean(source, []byte(e.Source[from:to]))
	source, _ = render.AppendClean(source, []byte(e.Source[to:]))
	caret := strings.Repeat(" ", 2+before) + strings.Repeat("^", max(1, marked))
	return []string{string(b), string(source), caret}
}
