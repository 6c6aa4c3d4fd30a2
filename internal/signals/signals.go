// Package signals makes a Go program treat signals as the C programs do that it stands in for.
//
// The Go runtime writes the stacks of all goroutines for SIGQUIT, and ignores SIGALRM, SIGUSR1 and others
// which end a process by default. [Classic] gives them back to the kernel. SIGINT and SIGTERM
// cancel a context ([Context]), so that terminals and files are put in order; [Exit] then ends the process
// by the same signal, which is what a shell, a supervisor and time(1) check.
package signals

import (
	"os"
	"os/signal"
	"runtime"
	"unsafe" // rt_sigaction(2) has no wrapper

	"golang.org/x/sys/unix"
)

// classic are the signals that end a process by default and which the Go runtime ignores or answers with a
// trace. SIGXFSZ is not among them: the write fails instead, and is reported like a full disk. Those
// of faults (SIGSEGV and its kin) stay with the runtime.
var classic = [...]unix.Signal{
	unix.SIGQUIT, unix.SIGABRT, unix.SIGTRAP, unix.SIGSYS, unix.SIGALRM, unix.SIGVTALRM, unix.SIGPROF,
	unix.SIGUSR1, unix.SIGUSR2, unix.SIGIO, unix.SIGPWR, unix.SIGXCPU, unix.SIGSTKFLT,
	unix.SIGILL,
}

// inherited are the signals whose action before the start the runtime knows. It never tells it of SIGPROF,
// SIGTRAP, SIGSYS and SIGSTKFLT, and obeys it by itself for SIGHUP and SIGINT.
var inherited = [...]unix.Signal{
	unix.SIGQUIT, unix.SIGABRT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGTERM,
	unix.SIGXCPU, unix.SIGXFSZ, unix.SIGVTALRM, unix.SIGIO, unix.SIGPWR,
}

// Real-time signals that are free: 32 and 33 belong to the runtime and the C library.
const firstRealTime, lastRealTime = 34, 64

// Classic gives signals their default actions. Main calls it first. SIGPIPE is ignored: a reader
// that has seen enough must not kill the process, the write fails then.
func Classic() {
	signal.Ignore(unix.SIGPIPE)
	// A shell ignores SIGINT and SIGQUIT together, for jobs in the background of a script. The runtime tells
	// only of the first.
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

// Inherit is for programs that do what C programs do, to the last signal, after [Classic]: signals that who
// started the program ignores stay ignored, others end it, SIGPIPE and SIGXFSZ among them. The runtime has
// put handlers in place of what was before but remembers it, and obeys it in its handler for a signal that
// nothing in the program handles (sigfwdgo in runtime/signal_unix.go). signal.Ignore makes it one of those.
func Inherit() {
	handler := currentAction(unix.SIGTERM)
	for _, s := range &inherited {
		signal.Ignore(s)
		setAction(s, handler)
	}
}

// An action is what the kernel does about a signal: struct sigaction, which begins with the handler. The
// layout of the rest depends on the architecture; here it is zero or what the kernel has returned.
type action [8]uintptr

// The actions without a handler.
var (
	byDefault = action{0} // SIG_DFL
	ignored   = action{1} // SIG_IGN
)

// sigsetSize is the size of the kernel's signal set on every architecture but MIPS.
const sigsetSize = 8

// setAction sets the action of a signal for the whole process, without the runtime, and returns the one
// before.
func setAction(s unix.Signal, a action) (before action) { return sigaction(s, &a) }

func currentAction(s unix.Signal) action { return sigaction(s, nil) }

func sigaction(s unix.Signal, a *action) (before action) {
	// the only errors are signals that the kernel does not have
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s),
		uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(&before)), sigsetSize, 0, 0)
	return before
}

// Ignore ignores signals, also those that others wait for, until restore is called: those of keys, while
// another program has the terminal.
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

// Notify sends signals to c instead of what they do, until stop is called. Those that are ignored stay so.
// It is for signals that [Classic] has taken from the runtime, which os/signal does not give back.
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

// Act lets a signal that was received have its default action after all. It returns when the process goes
// on, as after SIGTSTP and SIGCONT.
func Act(s unix.Signal) {
	runtime.LockOSThread() // sent to this thread it has happened on return
	defer runtime.UnlockOSThread()
	before := setAction(s, byDefault)
	_ = unix.Tgkill(os.Getpid(), unix.Gettid(), s) // our own thread
	setAction(s, before)
}
