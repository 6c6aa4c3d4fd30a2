package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// explainCmd is `nlstat explain FILTER`.
func (a *app) explainCmd() *cobra.Command {
	var sel selection
	n := &names.Names{Etc: a.Etc}
	cmd := &cobra.Command{
		Use:   "explain FILTER...",
		Short: "Explain how a filter is parsed, what the kernel evaluates, and its cost",
		Example: `  nlstat explain 'dst 10/8 and rtt>50ms'
  nlstat explain nginx or :443`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			table := view.Sockets(n)
			tree, err := query.Parse(&table, args)
			if err != nil {
				return err
			}
			f, err := query.Compile(&table, tree, strings.Join(args, " "))
			if err != nil {
				return err
			}
			plan, err := query.Sockets(&table, tree, sel.choice(), inspect.Need(f.Needs))
			if err != nil {
				return err
			}
			return a.here(func(p *inspect.Place) error {
				_, err := a.Stdout.Write(plan.Explain(nil, view.EnvOf(p), inspect.Need(f.Needs)))
				return err
			})
		},
	}
	sel.flags(cmd.Flags())
	completeSockets(cmd)
	return cmd
}

// here calls f with the caller's network namespace.
func (a *app) here(f func(*inspect.Place) error) error {
	s, err := inspect.Open(&inspect.Config{})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // nothing is lost with it
	if err := a.confine(); err != nil {
		return err
	}
	return s.Each(a.ctx, f)
}
