package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

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
		Long: `Wait until a socket in any state matches the filter, then list the matches and exit with 0.
Exit with 1 on timeout.`,
		Example: `  nlstat wait listen :8080 --timeout 30s
  nlstat wait --gone 'close-wait and proc=app'
  nlstat wait listening :5432 process=postgres && ./migrate`,
		Args: needs("a filter"),
		RunE: func(_ *cobra.Command, args []string) error { return w.run(args) },
	}
	f := cmd.Flags()
	w.socketFlags.flags(f)
	w.output.flags(f)
	w.arrange.flags(f, sorted|limited)
	f.DurationVar(&w.timeout, "timeout", 30*time.Second, "give up after `TIME` (0: never)")
	f.DurationVar(&w.shortest, "interval", 100*time.Millisecond, "minimum `TIME` between queries")
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
		return errors.New("wait: the filter is empty")
	case w.timeout < 0:
		return fmt.Errorf("--timeout %v: expected a positive time, or 0 to wait forever", w.timeout)
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
	ctx, cancel := w.limited(w.timeout)
	defer cancel()
	return w.wait(ctx, l, sheet)
}

// wait polls: the kernel reports destroyed sockets but not new ones.
func (w *waitCmd) wait(ctx context.Context, l *lister, sheet *sheet[view.Socket]) error {
	start, began := time.Now(), inspect.ProcessorTime()
	for {
		before := inspect.ProcessorTime()
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
		now := inspect.ProcessorTime()
		if inspect.Pause(ctx, max(w.shortest, rest(now-began, now-before, time.Since(start)))) != nil {
			return w.late(l)
		}
	}
}

// share is the fraction of a processor that a wait aims at, for any number of sockets. The limit is a
// twentieth, as a query may cost more than the previous one.
const share = 25

// rest returns the pause before the next query that keeps all queries, the next one included, within the
// share, if the next costs as much as the last.
func rest(used, last, since time.Duration) time.Duration { return share*(used+last) - last - since }

// any reports whether a socket matches. The first match ends the listing.
func (w *waitCmd) any(l *lister) (found bool, err error) {
	err = l.each(0, func(*view.Socket) error {
		found = true
		return render.ErrEnough
	})
	return found, err
}

// report lists the matches, which may be fewer than at the last query.
func (w *waitCmd) report(l *lister, sheet *sheet[view.Socket]) error {
	if w.quiet || w.gone {
		return nil
	}
	_, err := l.write(sheet, &w.output, &w.arrange)
	return err
}

// cannotKnow ends a wait --gone for sockets whose owners cannot be determined.
func (w *waitCmd) cannotKnow(why string) error {
	if !w.quiet {
		w.complain("could not determine whether the filter still matches: %s", why)
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
