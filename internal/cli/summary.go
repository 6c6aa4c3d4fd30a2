package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
)

// A summary counts sockets, once or again and again.
type summary struct {
	question
	output
	watch
}

// summaryCmd is `nlstat summary`.
func (a *app) summaryCmd() *cobra.Command {
	s := &summary{question: question{app: a}}
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
	s.question.flags(cmd.Flags())
	s.output.flags(cmd.Flags())
	s.watch.flags(cmd.Flags())
	return cmd
}

func (s *summary) run(args []string) (err error) {
	pace, args, err := s.pace(args)
	if err != nil {
		return err
	}
	if err := s.parse(args); err != nil {
		return err
	}
	s.everything()
	table := view.Summary()
	sheet, err := prepare(s.app, &s.output, &table)
	if err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	if pace > 0 {
		w := &watcher[view.Count]{
			app: s.app, output: &s.output, arrange: &arrange{}, sightings: newSightings(&table),
			table: table, text: s.text, pace: pace, times: s.times,
			ask: func(_ uint32, row func(*view.Count) error) error {
				s.links = nil // others may have come
				return s.count(row)
			},
		}
		return w.run()
	}
	enc := sheet.encoder(s.app)
	if err := s.count(enc.Row); err != nil {
		return err
	}
	return enc.Close()
}

// count passes the counts on when all sockets have been seen.
func (s *summary) count(put func(*view.Count) error) error {
	var sum view.Counts
	if err := s.ask(0, func(row *view.Socket) error { sum.Add(row); return nil }); err != nil {
		return err
	}
	for _, row := range sum.Rows() {
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}
