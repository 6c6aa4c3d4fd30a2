package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// waitCmd is `nlstat wait FILTER`.
func (a *app) waitCmd() *cobra.Command {
	s := &socketsCmd{question: question{app: a}}
	w := waiting{socketsCmd: s}
	cmd := &cobra.Command{
		Use:   "wait FILTER...",
		Short: "Wait until a socket matches, or until none does",
		Long: `Wait until a socket matches the filter, then list what matches and exit with 0.
Exits with 1 when the time is over. Sockets in every state count.`,
		Example: `  nlstat wait listen :8080 --timeout 30s
  nlstat wait --gone 'close-wait and proc=app'
  nlstat wait listening :5432 process=postgres && ./migrate`,
		Args: needs("what to wait for"),
		RunE: func(_ *cobra.Command, args []string) error { return w.run(args) },
	}
	s.flagsOf(cmd)
	f := cmd.Flags()
	f.DurationVar(&w.timeout, "timeout", 30*time.Second, "how long to wait, 0 = for ever")
	f.DurationVar(&w.interval, "interval", 100*time.Millisecond, "how often to look")
	f.BoolVar(&w.gone, "gone", false, "wait until nothing matches")
	f.BoolVarP(&w.quiet, "quiet", "q", false, "write nothing")
	return cmd
}

type waiting struct {
	*socketsCmd
	timeout, interval time.Duration
	gone, quiet       bool
}

func (w *waiting) run(args []string) (err error) {
	if err := w.parse(args); err != nil {
		return err
	}
	if w.timeout < 0 {
		return fmt.Errorf("--timeout %v: want a time, or 0 = for ever", w.timeout)
	}
	if w.interval < time.Millisecond {
		return fmt.Errorf("--interval %v: want at least 1ms", w.interval)
	}
	w.selection.all = !w.listening
	if err := w.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.finish()) }()
	ctx := w.ctx
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.timeout)
		defer cancel()
	}
	// The kernel tells when sockets die but not when they begin, so this looks again and again.
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	for {
		found, err := w.any()
		if err != nil {
			return err
		}
		if found != w.gone {
			return w.report()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return w.late()
		}
	}
}

// any tells whether a socket matches. The first one ends the dump.
func (w *waiting) any() (found bool, err error) {
	err = w.ask(0, func(*view.Socket) error {
		found = true
		return render.ErrEnough
	})
	return found, err
}

// report lists what matches, which may be less than was found a moment ago.
func (w *waiting) report() error {
	if w.quiet || w.gone {
		return nil
	}
	return w.write()
}

func (w *waiting) late() error {
	if w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	if !w.quiet {
		w.complain("after %v %q still %s", w.timeout, w.text, map[bool]string{
			false: "matches nothing", true: "matches something",
		}[w.gone])
	}
	return &quit{exitNothing}
}
