package cli

import (
	"context"
	"io"
	"iter"
	"sync"
)

// A feed reports changes of a table in one network namespace. Its two loops may run at the same time.
type feed[R any] struct {
	events func(context.Context) iter.Seq2[*R, error]
	list   func(context.Context) iter.Seq2[*R, error] // all present rows
	closer []io.Closer

	known map[string]uint64 // hashes of facts by key, for mixed tables
	stop  context.CancelFunc
	done  sync.WaitGroup // goroutines that read
}

// leave stops reading and closes the connections.
func (f *feed[R]) leave() {
	if f.stop != nil {
		f.stop()
		f.done.Wait()
	}
	for _, c := range f.closer {
		_ = c.Close() // nothing is lost with it
	}
}

// rowsOf converts the objects of a netlink package to rows.
func rowsOf[T, R any](seq iter.Seq2[*T, error], row func(*T) *R) iter.Seq2[*R, error] {
	return func(yield func(*R, error) bool) {
		for t, err := range seq {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if !yield(row(t), nil) {
				return
			}
		}
	}
}
