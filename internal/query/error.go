package query

import (
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// An Error says what is wrong with a filter, where, and what was probably meant.
type Error struct {
	Source string // the filter
	Pos    int    // where, in bytes
	Len    int
	Msg    string
	Hint   string // what to write instead, "" if nobody knows
}

// Error returns the message, the filter and a caret below the place, on three lines.
func (e *Error) Error() string { return strings.Join(e.Lines(), "\n") }

// Lines returns the lines of the message. Control bytes of the filter are escaped: it may come from a
// script, or be pasted.
func (e *Error) Lines() []string {
	b, _ := render.AppendClean([]byte("filter: "), []byte(e.Msg))
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
