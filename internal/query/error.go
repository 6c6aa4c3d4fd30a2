package query

import "strings"

// An Error says what is wrong with a filter, where, and what was probably meant.
type Error struct {
	Source string // the filter
	Pos    int    // where, in bytes
	Len    int
	Msg    string
	Hint   string // what to write instead, "" if nobody knows
}

// Error returns the message, the filter and a caret below the place.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("filter: ")
	b.WriteString(e.Msg)
	if e.Hint != "" {
		b.WriteString("; did you mean ")
		b.WriteString(e.Hint)
		b.WriteByte('?')
	}
	b.WriteString("\n  ")
	b.WriteString(e.Source)
	b.WriteString("\n  ")
	b.WriteString(strings.Repeat(" ", len([]rune(e.Source[:min(e.Pos, len(e.Source))]))))
	b.WriteString(strings.Repeat("^", max(1, e.Len)))
	return b.String()
}
