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
			_, err = a.Stdout.Write(plan.Explain(nil, a.env(), inspect.Need(f.Needs)))
			return err
		},
	}
	sel.flags(cmd.Flags())
	if completing() {
		t := view.Sockets(n)
		completeFilter(cmd, &t)
	}
	return cmd
}
