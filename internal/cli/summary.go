package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// summaryCmd is `nlstat summary`: it counts sockets, once or repeatedly.
type summaryCmd struct {
	*app
	socketFlags
	output
	watch
}

func (a *app) summaryCmd() *cobra.Command {
	s := &summaryCmd{app: a}
	cmd := &cobra.Command{
		Use:   "summary [FILTER...]",
		Short: "Count sockets by protocol and state; show limits",
		Long: `Count sockets by protocol and state. Without a filter, the text also shows the use of limited
resources: source ports, tracked flows and neighbors; with -A, in which namespace it is highest. nlstat limits
lists them, also as JSON and CSV.`,
		Example: `  nlstat summary
  nlstat summary user=www-data
  nlstat summary --watch
  nlstat summary --json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return s.run(args) },
	}
	s.socketFlags.flags(cmd.Flags())
	s.source.flags(cmd.Flags())
	s.source.redaction.flags(cmd.Flags())
	s.output.flags(cmd.Flags())
	s.watch.flags(cmd.Flags())
	completeSockets(cmd)
	return cmd
}

func (s *summaryCmd) run(args []string) (err error) {
	pace, err := s.pace()
	if err != nil {
		return err
	}
	r, err := s.request(&s.socketFlags, args, pace > 0)
	if err != nil {
		return err
	}
	r.selection.everything()
	table := view.Summary()
	sheet, err := prepare(s.app, &s.output, &table)
	if err != nil {
		return err
	}
	l, err := s.lister(r)
	if err != nil {
		return err
	}
	defer func() { err = l.finish(err) }()
	if pace > 0 {
		w := &watcher[view.Count]{
			watched: watched[view.Count]{
				app: s.app, output: &s.output, arrange: &arrange{}, table: table, text: r.text, pace: pace,
			},
			tracker: newTableTracker(&table), times: s.times, list: l.count,
		}
		return w.run()
	}
	enc := sheet.encoder(s.app)
	if err := l.count(render.Needs(sheet.cols), enc.Row); err != nil {
		return explainNamespace(err)
	}
	if err := errors.Join(enc.Close(), sheet.tellLeftOut(s.app, enc.LeftOut())); err != nil {
		return err
	}
	if sheet.opts.Format != render.FormatTable || s.columns+s.template != "" || l.tree != nil ||
		l.session.recorded() {
		return nil
	}
	return s.limits(l)
}

// limits writes, below the counts, the use of limited resources.
func (s *summaryCmd) limits(l *lister) error {
	table := view.Limits()
	if l.netns.All {
		table.Default = append(table.Default, "netns")
	}
	sheet, err := prepare(s.app, &s.output, &table)
	if err != nil {
		return err
	}
	var rows fullest
	err = l.session.Each(l.ctx, func(p *inspect.Place) error { return readLimits(l.ctx, p, rows.put) })
	if err != nil {
		return err
	}
	if _, err := io.WriteString(s.Stdout, "\n"); err != nil {
		return err
	}
	enc := sheet.encoder(s.app)
	for _, row := range rows {
		if err := enc.Row(row); err != nil {
			return err
		}
	}
	return errors.Join(enc.Close(), sheet.tellLeftOut(s.app, enc.LeftOut()))
}

// count yields the counts after all sockets.
func (l *lister) count(needs uint32, put func(*view.Count) error) error {
	t := tally{queues: needs&view.NeedQueues != 0}
	rows, err := t.count(l)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}
