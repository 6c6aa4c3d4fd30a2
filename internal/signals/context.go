package signals

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// An Error is the cause of a context that a signal has canceled.
type Error struct{ Signal unix.Signal }

func (e *Error) Error() string { return fmt.Sprintf("ended by %v", e.Signal) }

// Code is the exit code by which shells tell of the signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.
func (e *Error) Code() int { return 128 + int(e.Signal) }

// Grace is the time that a run has to end after a signal.
const Grace = 200 * time.Millisecond

// ends are the signals that ask a run to end and leave it the time to put things in order.
var ends = [...]unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP}

// Context returns a context that SIGINT, SIGTERM or SIGHUP cancels, with an [*Error] as its cause. A run
// that has not ended soon after is ended by the signal: it may be writing to a pipe without a reader,
// which no context interrupts. A second signal ends the process at once. SIGINT that is ignored stays so:
// the keys of the terminal are not meant for a job in the background of a script, nor its end for nohup(1).
//
// stop gives signals their default actions back, and calls that off.
func Context(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	list := []os.Signal{unix.SIGTERM} // never none: that would be all
	for _, s := range ends {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	came := make(chan os.Signal, 1)
	signal.Notify(came, list...)
	done := make(chan struct{})
	go func() { // ends with stop
		select {
		case s := <-came:
			signal.Stop(came)
			e := &Error{Signal: unix.SIGTERM}
			for _, end := range ends {
				if s == os.Signal(end) {
					e.Signal = end
				}
			}
			cancel(e)
			select {
			case <-time.After(Grace):
				Act(e.Signal)
			case <-done:
			}
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(came)
		cancel(nil)
		close(done)
	}
}

// Cause returns the signal that has canceled ctx, nil if none has.
func Cause(ctx context.Context) *Error {
	if e, ok := errors.AsType[*Error](context.Cause(ctx)); ok {
		return e
	}
	return nil
}

// End is for the end of main: os.Exit(signals.End(code)). If the code tells of SIGINT, SIGTERM or SIGHUP
// the process ends by that signal, so that a shell that runs a script or a supervisor sees what they
// expect. Any other code is returned.
func End(code int) int {
	for _, s := range ends {
		if code == 128+int(s) {
			Act(s)
		}
	}
	return code
}
