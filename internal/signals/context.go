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

// An Error is the cause of a context canceled by a signal.
type Error struct{ Signal unix.Signal }

func (e *Error) Error() string { return fmt.Sprintf("ended by %v", e.Signal) }

// Code is the exit code of shells for the signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.
func (e *Error) Code() int { return 128 + int(e.Signal) }

// Grace is the time that a run has to end after a signal.
const Grace = 200 * time.Millisecond

// ends are the signals that end a run and leave it time to clean up.
var ends = [...]unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP}

// Context returns a context that SIGINT, SIGTERM or SIGHUP cancels, with an [*Error] as its cause. A run
// that has not ended after Grace is ended by the signal: it may be blocked writing to a pipe, which a
// context does not interrupt. A second signal ends the process at once. Ignored signals stay ignored: SIGINT
// in background jobs of a script, SIGHUP under nohup(1).
//
// stop restores the default actions of signals.
func Context(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	list := []os.Signal{unix.SIGTERM} // never empty: Notify would mean all
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

// Cause returns the signal that canceled ctx, nil if none did.
func Cause(ctx context.Context) *Error {
	if e, ok := errors.AsType[*Error](context.Cause(ctx)); ok {
		return e
	}
	return nil
}

// End is for the end of main: os.Exit(signals.End(code)). If the code is that of SIGINT, SIGTERM or SIGHUP
// the process ends by that signal, as shells and supervisors expect. Any other code is returned.
func End(code int) int {
	for _, s := range ends {
		if code == 128+int(s) {
			Act(s)
		}
	}
	return code
}
