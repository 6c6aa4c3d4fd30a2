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
	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/term"
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
		Short: "Show a live screen of processes, connections, listeners and rates",
		Long: `Show a live screen with views of processes, connections, listeners, peers, closed connections,
links and doctor findings. It is redrawn after each sample. Keys: ? lists them, q quits.

SEND and RECV are TCP bytes per second, RTT is the longest round-trip time, RETR% is the share of segments
retransmitted since the previous sample. The kernel does not count the bytes of UDP sockets. If a sample takes
more than a third of the interval, the interval is extended, and the first line shows both.`,
		Example: `  nlstat top
  nlstat top -A close-wait
  nlstat top --view listeners --interval 2s
  nlstat top --replay night.nls`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return t.run(args) },
	}
	f := cmd.Flags()
	t.flags(f)
	f.StringVar(&t.source.replay, "replay", "", "show a recorded `FILE` instead of the kernel's sockets")
	t.source.flagSet = f
	f.DurationVar(&t.interval, "interval", time.Second, "`TIME` between two samples")
	f.StringVar(&t.view, "view", live.ViewNames()[0], "first `VIEW`: "+strings.Join(live.ViewNames(), ", "))
	f.StringVar(&t.color, "color", "auto", "color the screen `WHEN`: auto, always or never")
	completeSockets(cmd)
	return cmd
}

// Errors about missing terminals.
var (
	errNoScreen   = errors.New("top needs a terminal; without one, use nlstat --watch --jsonl")
	errNoKeyboard = errors.New("top reads keys from standard input, which is not a terminal")
)

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
	terminal := term.Of(t.Stdout)
	in, readable := t.Stdin.(*os.File)
	out, writable := t.Stdout.(*os.File)
	if !terminal.Is || terminal.Dumb || !writable {
		return errNoScreen
	}
	if !readable || !term.IsTerminal(in) {
		return errNoKeyboard
	}
	l, err := t.lister(r)
	if err != nil {
		return explainNamespace(err)
	}
	defer func() { err = l.finish(err) }()
	if err := l.readScope(); err != nil {
		return err
	}
	selection, err := t.selects(l, r.text)
	if err != nil {
		return err
	}
	rows := newTopExport(time.Now())
	defer func() { err = errors.Join(err, rows.finish()) }()
	t.reach.recording = t.reach.recording || rows.file != nil
	if err := l.confine(); err != nil {
		return err
	}
	files := &names.Names{Etc: t.Etc}
	host, _ := os.Hostname() // only shown in the title
	c := &live.Config{
		Limited: rights.Limited(),
		Session: l.session.Session, All: r.netns.All, Interval: t.interval, View: t.view, Host: host,
		Select:    func(filter string) (*live.Selection, error) { return t.selects(l, filter) },
		Selection: selection, Files: files, Names: live.NewResolver(t.ctx, &names.Names{Etc: t.Etc}),
		Export: rows.export, Color: terminal.WantColor(t.color), In: in, Out: out,
	}
	c.Named = !r.netns.Own() && !r.netns.All
	c.Open = func(all bool) (*inspect.Session, error) { return t.opens(l, all) }
	if replay := l.session.replay; replay != nil {
		head := replay.Head()
		c.Replay, c.Recorded, c.Host = true, head.Time, head.Host
	}
	return live.Run(t.ctx, c)
}

// opens returns a session of the network namespaces of the command line, or of all.
func (t *topCmd) opens(l *lister, all bool) (*inspect.Session, error) {
	sel := l.netns
	if sel.Own() || sel.All {
		sel = inspect.Selection{All: all}
	}
	if replay := l.session.replay; replay != nil {
		return inspect.Open(&inspect.Config{Namespaces: sel, Replay: replay.Recording})
	}
	sel, err := reached(sel)
	if err != nil {
		return nil, err
	}
	return inspect.Open(&inspect.Config{Namespaces: sel, ReadAhead: readAhead})
}

// selects parses a filter. Each selection has a filter of its own, as another goroutine uses it.
func (t *topCmd) selects(l *lister, filter string) (*live.Selection, error) {
	r, err := t.request(&t.socketFlags, []string{filter}, true)
	if err != nil {
		return nil, err
	}
	row := &view.Socket{Names: r.names}
	return &live.Selection{Text: r.text, Plan: func(needs inspect.Need) (*inspect.Plan, error) {
		plan, keep, err := r.plan(uint32(needs) | l.made.needs())
		if err != nil {
			return nil, err
		}
		plan.Filter = func(int) func(*inspect.Row) bool {
			return func(s *inspect.Row) bool {
				row.Row = s
				return keep(s) && l.made.holds(row) && r.filter.Match(row)
			}
		}
		return plan, nil
	}}, nil
}
