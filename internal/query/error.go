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

// Error returns the message, the filter and a caret below the place. Control bytes of the filter are
// escaped: it may come from a script, or be pasted.
func (e *Error) Error() string {
	b, _ := render.AppendClean([]byte("filter: "), []byte(e.Msg))
	if e.Hint != "" {
		b = append(b, "; did you mean "...)
		b, _ = render.AppendClean(b, []byte(e.Hint))
		b = append(b, '?')
	}
	from := min(e.Pos, len(e.Source))
	to := min(from+max(e.Len, 0), len(e.Source))
	b, before := render.AppendClean(append(b, "\n  "...), []byte(e.Source[:from]))
	b, marked := render.AppendClean(b, []byte(e.Source[from:to]))
	b, _ = render.AppendClean(b, []byte(e.Source[to:]))
	b = append(append(b, "\n  "...), strings.Repeat(" ", before)...)
	return string(append(b, strings.Repeat("^", max(1, marked))...))
}
