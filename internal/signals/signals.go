// Package signals makes a Go program handle signals like the C programs that it replaces.
//
// The Go runtime writes the stacks of all goroutines for SIGQUIT, and ignores SIGALRM, SIGUSR1 and others
// which end a process by default. [Classic] restores their default actions. SIGINT and SIGTERM cancel a
// context ([Context]), so that terminals and files are cleaned up; [End] then ends the process by the same
// signal, which shells, supervisors and time(1) check.
package signals

import (
	"os"
	"os/signal"
	"runtime"
	"unsafe" // rt_sigaction(2) has no wrapper

	"golang.org/x/sys/unix"
)

// classic are the signals that end a process by default and for which the Go runtime does nothing or prints a
// trace. SIGXFSZ is not among them: the write fails instead, and is reported like a full disk. Signals
// of faults, such as SIGSEGV, are left to the runtime.
var classic = [...]unix.Signal{
	unix.SIGQUIT, unix.SIGABRT, unix.SIGTRAP, unix.SIGSYS, unix.SIGALRM, unix.SIGVTALRM, unix.SIGPROF,
	unix.SIGUSR1, unix.SIGUSR2, unix.SIGIO, unix.SIGPWR, unix.SIGXCPU, unix.SIGSTKFLT,
	unix.SIGILL,
}

// inherited are the signals whose inherited action the runtime makes available. It does not for SIGPROF,
// SIGTRAP, SIGSYS and SIGSTKFLT, and respects it by itself for SIGHUP and SIGINT.
var inherited = [...]unix.Signal{
	unix.SIGQUIT, unix.SIGABRT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM,
	unix.SIGXCPU, unix.SIGXFSZ, unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR,
}

// Free real-time signals: 32 and 33 are used by the runtime and the C library.
const firstRealTime, lastRealTime = 34, 64

// Classic restores the default actions of signals. Main calls it first. SIGPIPE is ignored: without a
// reader the write fails, and the process goes on.
func Classic() {
	signal.Ignore(unix.SIGPIPE)
	// A shell ignores SIGINT and SIGQUIT together, for background jobs of a script. The runtime reports only the
	// first.
	quit := byDefault
	if signal.Ignored(unix.SIGINT) {
		quit = ignored
	}
	for _, s := range &classic {
		setAction(s, byDefault)
	}
	setAction(unix.SIGQUIT, quit)
	for s := unix.Signal(firstRealTime); s <= lastRealTime; s++ {
		setAction(s, byDefault)
	}
}

// Inherit is for programs that handle every signal like C programs, after [Classic]: signals that the parent
// ignores stay ignored, others end the program, also SIGPIPE and SIGXFSZ. The runtime has replaced the
// inherited actions by handlers, which forward to them for signals that the program does not handle (sigfwdgo
// in runtime/signal_unix.go). signal.Ignore makes a signal one of these.
func Inherit() {
	handler := currentAction(unix.SIGTERM)
	for _, s := range &inherited {
		signal.Ignore(s)
		setAction(s, handler)
	}
}

// An action is struct sigaction, which begins with the handler. The layout of the rest depends on the
// architecture; here it is zero or was returned by the kernel.
type action [8]uintptr

// The actions without a handler.
var (
	byDefault = action{0} // SIG_DFL
	ignored   = action{1} // SIG_IGN
)

// sigsetSize is the size of the kernel's signal set on every architecture but MIPS.
const sigsetSize = 8

// setAction sets the action of a signal for the whole process, without the runtime, and returns the previous
// one.
func setAction(s unix.Signal, a action) (before action) { return sigaction(s, &a) }

func currentAction(s unix.Signal) action { return sigaction(s, nil) }

func sigaction(s unix.Signal, a *action) (before action) {
	// the only errors are signals that the kernel does not have
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s),
		uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&before)), sigsetSize, 0, 0)
	return before
}

// Ignore ignores signals, also those that have handlers, until restore is called: those of keys, while
// another program uses the terminal.
func Ignore(list ...unix.Signal) (restore func()) {
	before := make([]action, len(list))
	for i, s := range list {
		before[i] = setAction(s, ignored)
	}
	return func() {
		for i, s := range list {
			setAction(s, before[i])
		}
	}
}

// Notify sends signals to c instead of their actions, until stop is called. Ignored signals stay ignored. It
// is for signals that [Classic] has taken from the runtime, for which os/signal does not work.
func Notify(c chan<- os.Signal, list ...unix.Signal) (stop func()) {
	runtimes := currentAction(unix.SIGTERM) // the runtime has one handler for all
	var undo []func()
	for _, s := range list {
		before := currentAction(s)
		if before[0] == ignored[0] {
			continue
		}
		signal.Notify(c, s)
		if before == byDefault {
			setAction(s, runtimes)
		}
		undo = append(undo, func() { setAction(s, before) })
	}
	return func() {
		signal.Stop(c)
		for _, f := range undo {
			f()
		}
	}
}

// Act executes the default action of a received signal. It returns when the process continues, as after
// SIGTSTP and SIGCONT.
func Act(s unix.Signal) {
	runtime.LockOSThread() // a signal to the calling thread is delivered before Tgkill returns
	defer runtime.UnlockOSThread()
	before := setAction(s, byDefault)
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), s) // our own thread
	setAction(s, before)
}
