package native

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
)

// summaryCmd is `nlstat summary`.
func (a *app) summaryCmd() *cobra.Command {
	q := &question{app: a}
	var o output
	cmd := &cobra.Command{
		Use:   "summary [FILTER...]",
		Short: "Count sockets by protocol and state",
		Example: `  nlstat summary
  nlstat summary user=www-data
  nlstat summary --json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return q.summary(&o, args) },
	}
	q.flags(cmd.Flags())
	o.flags(cmd.Flags())
	return cmd
}

func (q *question) summary(o *output, args []string) (err error) {
	if err := q.parse(args); err != nil {
		return err
	}
	q.everything()
	table := view.Summary()
	sheet, err := prepare(q.app, o, &table)
	if err != nil {
		return err
	}
	if err := q.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.finish()) }()
	var sum view.Counts
	if err := q.ask(0, func(row *view.Socket) error { sum.Add(row); return nil }); err != nil {
		return err
	}
	enc := sheet.encoder(q.app)
	for _, row := range sum.Rows() {
		if err := enc.Row(row); err != nil {
			return err
		}
	}
	return enc.Close()
}
