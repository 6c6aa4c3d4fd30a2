package live

import (
	"fmt"
	"runtime/debug"
)

// A fault is a panic of a goroutine beside the screen. It ends the screen before it ends the program, so that
// the trace is read on a terminal that is as it was.
type fault struct {
	cause any
	trace []byte
}

func (f *fault) String() string { return fmt.Sprintf("%v\n\n%s", f.cause, f.trace) }

// guarded runs what may panic beside the screen.
func guarded(send func(any), run func()) {
	defer func() {
		if cause := recover(); cause != nil {
			send(&fault{cause, debug.Stack()})
		}
	}()
	run()
}
