//go:build linux

package query

import (
	"errors"

	"github.com/nlstat/nlstat/internal/query"
)

// An Error is a mistake in a filter.
type Error struct {
	Filter string // as it was parsed
	Pos    int    // where in it, in bytes
	Len    int    // of what is wrong
	Text   string // what is wrong
	Hint   string // what may have been meant, "" if there is no guess
}

// Error returns three lines: what is wrong, the filter, and carets below the place.
func (e *Error) Error() string {
	return (&query.Error{Source: e.Filter, Pos: e.Pos, Len: e.Len, Msg: e.Text, Hint: e.Hint}).Error()
}

// public returns an error of the parser as callers know it.
func public(err error) error {
	if e, ok := errors.AsType[*query.Error](err); ok {
		return &Error{Filter: e.Source, Pos: e.Pos, Len: e.Len, Text: e.Msg, Hint: e.Hint}
	}
	return err
}
