//go:build linux

package nl

import (
	"context"
	"errors"
	"iter"
)

// Watch yields the rows of a table that is there, and then what its events tell. After a [LostError], which
// says that some of them were missed, it yields all rows again: a caller that keeps a list clears it. A
// caller that joined the events before misses nothing in between, but may be told twice. A list during which
// the table changed is as good as another one. Any other error is the last.
func Watch[T any](
	ctx context.Context, list func(context.Context) iter.Seq2[*T, error], events iter.Seq2[*T, error],
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if !present(list(ctx), yield) {
			return
		}
		for row, err := range events {
			if !yield(row, err) {
				return
			}
			if _, lost := errors.AsType[*LostError](err); lost && !present(list(ctx), yield) {
				return
			}
		}
	}
}

// present yields a list. It reports whether the watch goes on.
func present[T any](list iter.Seq2[*T, error], yield func(*T, error) bool) bool {
	for row, err := range list {
		switch {
		case errors.Is(err, ErrInterrupted): // events tell what has changed
		case !yield(row, err):
			return false
		case err != nil:
			return false
		}
	}
	return true
}
