package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// waitCmd is `nlstat wait FILTER`.
type waitCmd struct {
	*app
	socketFlags
	output
	arrange
	timeout, shortest time.Duration
	gone, quiet       bool
}

func (a *app) waitCmd() *cobra.Command {
	w := &waitCmd{app: a}
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
	f := cmd.Flags()
	w.socketFlags.flags(f)
	w.output.flags(f)
	w.arrange.flags(f, sorted|limited)
	f.DurationVar(&w.timeout, "timeout", 30*time.Second, "how long to wait (0: forever)")
	f.DurationVar(&w.shortest, "interval", 100*time.Millisecond, "shortest time between two queries")
	f.BoolVar(&w.gone, "gone", false, "wait until nothing matches")
	f.BoolVarP(&w.quiet, "quiet", "q", false, "print nothing")
	completeSockets(cmd)
	return cmd
}

func (w *waitCmd) run(args []string) (err error) {
	r, err := w.request(&w.socketFlags, args, false)
	switch {
	case err != nil:
		return err
	case r.tree == nil:
		return errors.New("wait: the filter is empty: expected what to wait for")
	case w.timeout < 0:
		return fmt.Errorf("--timeout %v: expected a time, or 0 to wait forever", w.timeout)
	case w.shortest < time.Millisecond:
		return fmt.Errorf("--interval %v: expected at least 1ms", w.shortest)
	}
	r.selection.all = !r.selection.listening
	r.table.Default = r.defaults(r.table.Default, false, w.sort)
	sheet, err := prepareRows(w.app, &w.output, &w.arrange, &r.table)
	if err != nil {
		return err
	}
	l, err := w.lister(r)
	if err != nil {
		return err
	}
	defer func() { err = l.finish(err) }()
	ctx := w.ctx
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.timeout)
		defer cancel()
	}
	return w.wait(ctx, l, sheet)
}

// wait asks again and again: the kernel tells when sockets die but not when they begin.
func (w *waitCmd) wait(ctx context.Context, l *lister, sheet *sheet[view.Socket]) error {
	start, began := time.Now(), processorTime()
	for {
		before := processorTime()
		found, err := w.any(l)
		if err != nil {
			return explainNamespace(err)
		}
		if w.gone && !found {
			if why := l.unknown(); why != "" {
				return w.cannotKnow(why)
			}
		}
		if found != w.gone {
			return w.report(l, sheet)
		}
		now := processorTime()
		if inspect.Pause(ctx, max(w.shortest, rest(now-began, now-before, time.Since(start)))) != nil {
			return w.late(l)
		}
	}
}

// share is the part of a processor that a wait aims at, however many sockets there are. It takes a twentieth
// at most, as a query may cost more than the one before it.
const share = 25

// rest is how long to rest before the next query, which will cost as much as the last did, so that both it
// and all before are within the share.
func rest(used, last, since time.Duration) time.Duration { return share*(used+last) - last - since }

// processorTime is what this process has used of processors.
func processorTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// any tells whether a socket matches. The first one ends the listing.
func (w *waitCmd) any(l *lister) (found bool, err error) {
	err = l.each(0, func(*view.Socket) error {
		found = true
		return render.ErrEnough
	})
	return found, err
}

// report lists what matches, which may be less than was found a moment ago.
func (w *waitCmd) report(l *lister, sheet *sheet[view.Socket]) error {
	if w.quiet || w.gone {
		return nil
	}
	_, err := l.write(sheet, &w.output, &w.arrange)
	return err
}

// cannotKnow ends a wait for sockets to be gone whose owners cannot be seen.
func (w *waitCmd) cannotKnow(why string) error {
	if !w.quiet {
		w.complain("whether the filter still matches is not known: %s", why)
	}
	return &quit{exitRights}
}

func (w *waitCmd) late(l *lister) error {
	if w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	if !w.quiet {
		w.complain("timed out after %v: %s for %q", w.timeout, map[bool]string{
			false: "no match", true: "still a match",
		}[w.gone], l.text)
	}
	if !w.gone && w.rights {
		return &quit{exitRights}
	}
	return &quit{exitNothing}
}
