//go:build linux

package nl

import (
	"errors"
	"iter"
)

// tries is how often Collect reads a table that keeps changing.
const tries = 4

// Collect gathers the copies of all rows of a table that fits memory. While the table changes during
// the dump (ErrInterrupted) it is read again, a few times at most; after the last the rows come with
// ErrInterrupted. The rows before any other error are returned with it.
func Collect[T any](dump iter.Seq2[*T, error], clone func(*T) *T) (rows []*T, err error) {
	for range tries {
		rows, err = rows[:0], nil
		for row, e := range dump {
			if err = e; err == nil {
				rows = append(rows, clone(row))
			}
		}
		if !errors.Is(err, ErrInterrupted) {
			break
		}
	}
	return rows, err
}
