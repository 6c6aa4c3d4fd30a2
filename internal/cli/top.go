package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/live"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// topCmd is `nlstat top`.
type topCmd struct {
	*app
	socketFlags
	interval time.Duration
	view     string
	color    string
}

func (a *app) topCmd() *cobra.Command {
	t := &topCmd{app: a}
	cmd := &cobra.Command{
		Use:   "top [FILTER...]",
		Short: "Show processes, connections and listeners on a screen that is kept up to date",
		Long: `Show what processes send and receive, their connections, and listeners with their queues, on a screen
that is drawn again after each sample. Keys: ? lists them, q leaves.

SEND and RECV are bytes per second of TCP, RTT is the longest, RETR% the segments that were sent again since
the sample before. The kernel counts no bytes of UDP sockets. If a sample takes more than a third of the
interval, the interval is stretched, and the first line says so.`,
		Example: `  nlstat top
  nlstat top -A close-wait
  nlstat top --view listeners --interval 2s`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return t.run(args) },
	}
	f := cmd.Flags()
	t.flags(f)
	f.DurationVar(&t.interval, "interval", time.Second, "time between two samples")
	f.StringVar(&t.view, "view", live.ViewNames()[0], "first `VIEW`: "+strings.Join(live.ViewNames(), ", "))
	f.StringVar(&t.color, "color", "auto", "use color: auto, always or never")
	completeSockets(cmd)
	return cmd
}

// errNoScreen refuses what is no screen.
var errNoScreen = errors.New("top needs a terminal; --watch --jsonl writes events")

func (t *topCmd) run(args []string) (err error) {
	if t.interval < leastInterval {
		return fmt.Errorf("--interval %v: expected at least %v", t.interval, leastInterval)
	}
	if !slices.Contains(live.ViewNames(), t.view) {
		return fmt.Errorf("--view %q: expected one of %s", t.view, strings.Join(live.ViewNames(), ", "))
	}
	t.all = t.all || !t.listening
	r, err := t.request(&t.socketFlags, args, true)
	if err != nil {
		return err
	}
	terminal := t.terminal()
	in, readable := t.Stdin.(*os.File)
	out, writable := t.Stdout.(*os.File)
	if !terminal.Is || terminal.Dumb || !readable || !writable {
		return errNoScreen
	}
	l, err := t.lister(r)
	if err != nil {
		return explainNamespace(err)
	}
	defer func() { err = l.finish(err) }()
	plan, keep, err := r.plan(live.Needs)
	if err != nil {
		return err
	}
	if err := l.confine(); err != nil {
		return err
	}
	row := &view.Socket{}
	filter, err := l.worker(0, row)
	if err != nil {
		return err
	}
	plan.Filter = func(int) func(*inspect.Row) bool {
		return func(s *inspect.Row) bool {
			row.Row = s
			return keep(s) && filter.Match(row)
		}
	}
	host, _ := os.Hostname() // a title alone
	return live.Run(t.ctx, &live.Config{
		Session: l.session.Session, Plan: plan, Interval: t.interval, View: t.view, Filter: r.text, Host: host,
		Color: terminal.WantColor(t.color), In: in, Out: out,
	})
}
