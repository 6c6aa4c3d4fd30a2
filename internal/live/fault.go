package live

import (
	"fmt"
	"runtime/debug"
)

// A fault is a panic of another goroutine than the screen's. It ends the screen before the program, so that
// the trace appears on a restored terminal.
type fault struct {
	cause any
	trace []byte
}

func (f *fault) String() string { return fmt.Sprintf("%v\n\n%s", f.cause, f.trace) }

// guarded runs a function and turns its panic into a fault.
func guarded(send func(any), run func()) {
	defer func() {
		if cause := recover(); cause != nil {
			send(&fault{cause, debug.Stack()})
		}
	}()
	run()
}
