package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/signals"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// The exit codes of nlstat.
const (
	exitOK         = 0 // done, and with --exit-status or wait: found
	exitNothing    = 1 // nothing matched, with --exit-status, wait or kill --yes
	exitFailed     = 2 // an error, or an invalid command line
	exitRights     = 3 // success, but the result depends on data that needs more privileges
	exitIncomplete = 4 // the kernel's reply broke off
)

// A FrontEnd runs another program's command line, its name included, and returns the exit code.
type FrontEnd func(args []string, stdout, stderr io.Writer) int

// An Env is the environment of a run.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Etc            string // directory of services and passwd, "" = /etc
	// Confine drops the rights that a run does not need after the files that the command line names are open;
	// nil = keep all.
	Confine func(*rights.Confinement) error
	// Drop drops only capabilities. It is called before Confine, possibly more than once.
	Drop func() error
	// FrontEnds are run by subcommands of the same names.
	FrontEnds map[string]FrontEnd
}

// An app is one run.
type app struct {
	Env
	ctx     context.Context
	stop    func() // restores the default actions of signals, nil if they have them
	noticed map[string]bool
	rights  bool // the result depends on data that could not be read
	faint   bool // notices are dim
	nagios  bool // the caller expects a Nagios plugin's line and exit code
	help    helpWriter
	// paging: a pager may have to be started; confined: rights were dropped.
	paging, confined bool
	reach            reach
	// commands are the names of all commands, for suggestions.
	commands []string
	habits   habits
}

// Main runs nlstat and returns the exit code.
func Main(env Env) int {
	a := &app{Env: env, ctx: context.Background(), noticed: map[string]bool{}, help: helpWriter{w: env.Stdout}}
	defer a.leaveSignals()
	root := a.root(env.Args)
	a.nagios = asksForNagios(env.Args) // also if a mistake before it ends the parsing of options
	args, err := a.habits.rewrite(root, env.Args)
	if err != nil {
		return a.exitCode(err)
	}
	args, err = a.withConfig(root, args)
	if err != nil {
		return a.exitCode(err)
	}
	root.SetArgs(append([]string{}, args...)) // cobra replaces nil by the arguments of the process
	if err = root.Execute(); err == nil {
		err = a.help.err
	}
	return a.exitCode(err)
}

// handleSignals lets SIGINT, SIGTERM and SIGHUP cancel the context of the run, for what has to be put in
// order then: a terminal, a pager, a file, an answer. Other runs are simply ended by them, as programs in
// C are. That saves two threads, a tenth of a run that lists a few sockets.
func (a *app) handleSignals() {
	if a.stop == nil {
		a.ctx, a.stop = signals.Context(a.ctx)
	}
}

func (a *app) leaveSignals() {
	if a.stop != nil {
		a.stop()
	}
}

// limited returns the context of a command that ends after a time, 0 = never.
func (a *app) limited(length time.Duration) (context.Context, context.CancelFunc) {
	if length <= 0 {
		return a.ctx, func() {}
	}
	return context.WithTimeout(a.ctx, length)
}

// exitCode reports err and returns the exit code for it.
func (a *app) exitCode(err error) int {
	if q, ok := errors.AsType[*quit](err); ok {
		return q.code
	}
	ended := signals.Cause(a.ctx)
	switch {
	case err != nil && ended != nil:
		return ended.Code()
	case err == nil || render.Closed(err):
		if a.rights {
			return exitRights
		}
		return exitOK
	case a.nagios:
		return a.sayUnknown(err)
	}
	a.complainOf(err)
	if _, ok := errors.AsType[*inspect.IncompleteError](err); ok {
		return exitIncomplete
	}
	return exitFailed
}

// quit is an error that ends the run with a code and no message.
type quit struct{ code int }

func (q *quit) Error() string { return fmt.Sprintf("exit code %d", q.code) }
