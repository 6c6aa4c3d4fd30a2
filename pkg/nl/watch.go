package nl

import (
	"context"
	"errors"
	"iter"
)

// Watch yields the rows of a dump and then those of the table's events. After a [LostError], which says
// that events were lost, it yields all rows again: a caller that keeps a table clears it. If the events
// were joined before, none is missed in between, but some may be repeated. ErrInterrupted of the dump is
// ignored, because events follow. Any other error is the last.
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

// present yields a dump. It reports whether the watch goes on.
func present[T any](list iter.Seq2[*T, error], yield func(*T, error) bool) bool {
	for row, err := range list {
		switch {
		case errors.Is(err, ErrInterrupted): // events report what has changed
		case !yield(row, err):
			return false
		case err != nil:
			return false
		}
	}
	return true
}
