package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// The exit codes of nlstat.
const (
	exitOK         = 0 // done, and with --exit-status or wait: found
	exitNothing    = 1 // nothing matched, with --exit-status, wait or kill --yes
	exitFailed     = 2 // an error, or a command line that makes no sense
	exitRights     = 3 // done, but something is missing for lack of rights
	exitIncomplete = 4 // the kernel's answer broke off
)

// A FrontEnd is another command that nlstat can be: it takes a command line, its name included.
type FrontEnd func(args []string, stdout, stderr io.Writer) int

// An Env is what a run of nlstat gets from outside.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Etc            string // directory of services and passwd, "" = /etc
	// DropRights gives up the rights that listing does not need, once the files that the command line
	// names are open; nil = keep them all.
	DropRights func() error
	// FrontEnds are run by the subcommand of their name.
	FrontEnds map[string]FrontEnd
}

// An app is one run.
type app struct {
	Env
	ctx     context.Context
	noticed map[string]bool
	rights  bool // something was left out for lack of rights
	help    helpWriter
	// commands are the names of all, for words that are like one of them.
	commands []string
}

// Main runs nlstat and returns the exit code.
func Main(env Env) int {
	signals, last := []os.Signal{unix.SIGTERM, unix.SIGINT}, unix.SIGINT
	if signal.Ignored(unix.SIGINT) {
		// A job in the background of a script: the keys of the terminal are not meant for it.
		signals, last = signals[:1], unix.SIGTERM
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	defer dieBySignal(ctx, stop, last)()
	a := &app{Env: env, ctx: ctx, noticed: map[string]bool{}, help: helpWriter{w: env.Stdout}}
	root := a.root(env.Args)
	args, err := a.withConfig(root, env.Args)
	if err != nil {
		return a.exitCode(err)
	}
	root.SetArgs(args)
	if err = root.ExecuteContext(ctx); err == nil {
		err = a.help.err
	}
	return a.exitCode(err)
}

// signalGrace is what a run may take to end after a signal.
const signalGrace = 200 * time.Millisecond

// dieBySignal ends the process by a signal to itself if ctx was canceled and the run does not end: it
// may be writing to a pipe that nobody reads, which no context interrupts. The function that it returns
// calls that off.
func dieBySignal(ctx context.Context, restore func(), by unix.Signal) (off func() bool) {
	return context.AfterFunc(ctx, func() {
		restore()
		time.AfterFunc(signalGrace, func() { _ = unix.Kill(os.Getpid(), by) }) // our own process
	})
}

// exitCode reports err and turns it into the code of the process.
func (a *app) exitCode(err error) int {
	if q, ok := errors.AsType[*quit](err); ok {
		return q.code
	}
	switch {
	case err == nil || render.Closed(err):
		if a.rights {
			return exitRights
		}
		return exitOK
	case a.ctx.Err() != nil:
		return 128 + int(unix.SIGINT) // as a shell reports an interrupted program
	}
	a.complain("%v", err)
	if _, ok := errors.AsType[*inspect.IncompleteError](err); ok {
		return exitIncomplete
	}
	return exitFailed
}

// quit ends the run with a code and without a message.
type quit struct{ code int }

func (q *quit) Error() string { return fmt.Sprintf("exit code %d", q.code) }

// complain writes a message to stderr, made harmless: it may quote names that others chose.
func (a *app) complain(format string, args ...any) {
	text, _ := render.AppendClean(nil, fmt.Appendf(nil, format, args...))
	// there is nobody left to tell
	_, _ = fmt.Fprintf(a.Stderr, "nlstat: %s\n", restoreBreaks(text))
}

// notice complains once about each thing, which is what has a format of its own: the numbers in it change
// from one look to the next.
func (a *app) notice(format string, args ...any) {
	if !a.noticed[format] {
		a.noticed[format] = true
		a.complain(format, args...)
	}
}
