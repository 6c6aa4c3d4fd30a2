package cli

import (
	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
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
		Short: "Count sockets by protocol and state",
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
	pace, args, err := s.pace(args)
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
			app: s.app, output: &s.output, arrange: &arrange{}, tracker: newTableTracker(&table),
			table: table, text: r.text, pace: pace, times: s.times,
			list: l.count,
		}
		return w.run()
	}
	enc := sheet.encoder(s.app)
	if err := l.count(render.Needs(sheet.cols), enc.Row); err != nil {
		return explainNamespace(err)
	}
	return enc.Close()
}

// count passes on the counts after all sockets.
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
