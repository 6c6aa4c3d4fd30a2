//go:build linux

package query

import (
	"errors"

	"github.com/nlstat/nlstat/internal/query"
)

// An Error is a mistake in a filter.
type Error struct {
	Filter string // the text
	Pos    int    // position of the mistake, in bytes
	Len    int    // of the mistake, in bytes
	Text   string // what is wrong
	Hint   string // a suggestion, "" if there is none
}

// Error returns three lines: what is wrong, the filter, and carets below the place.
func (e *Error) Error() string {
	return (&query.Error{Source: e.Filter, Pos: e.Pos, Len: e.Len, Msg: e.Text, Hint: e.Hint}).Error()
}

// public converts an error of the parser to an Error.
func public(err error) error {
	if e, ok := errors.AsType[*query.Error](err); ok {
		return &Error{Filter: e.Source, Pos: e.Pos, Len: e.Len, Text: e.Msg, Hint: e.Hint}
	}
	return err
}
