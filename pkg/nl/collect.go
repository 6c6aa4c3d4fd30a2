package nl

import (
	"errors"
	"iter"
)

// tries is how often Collect reads a table that keeps changing.
const tries = 4

// Collect returns copies of all rows of a table that fits in memory. A dump during which the table
// changed (ErrInterrupted) is repeated, a few times at most; the rows of the last one are returned
// with ErrInterrupted. Rows before any other error are returned with that error.
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
