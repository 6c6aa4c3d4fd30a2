package cli

import (
	"context"
	"io"
	"iter"
	"sync"
)

// A feed tells what happens to the rows of a table in one network namespace. Its two loops may run at the
// same time.
type feed[R any] struct {
	events func(context.Context) iter.Seq2[*R, error]
	list   func(context.Context) iter.Seq2[*R, error] // what there is
	closer []io.Closer

	known map[string]uint64 // hashes of facts by key, of a table whose new rows the kernel does not tell apart
	stop  context.CancelFunc
	done  sync.WaitGroup // goroutines that read
}

// leave ends the reading and lets go of the namespace.
func (f *feed[R]) leave() {
	if f.stop != nil {
		f.stop()
		f.done.Wait()
	}
	for _, c := range f.closer {
		_ = c.Close() // nothing is lost with it
	}
}

// rowsOf makes rows of what a package of netlink yields.
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
