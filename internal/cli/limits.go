package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// limitsCmd is `nlstat limits`.
func (a *app) limitsCmd() *cobra.Command {
	l := &listing[view.Limit]{rows: view.Limits(), live: true}
	l.produce = func(r *tableRun[view.Limit], p *inspect.Place, put func(*view.Limit) error) error {
		return readLimits(r.ctx, p, put)
	}
	return l.command(a, "limits [FILTER...]", "List source ports, flows and neighbors against their limits",
		`  nlstat limits
  nlstat limits 'full>80' --exit-status
  nlstat limits conntrack --json
  nlstat limits -A -s full -L 5`)
}

// readLimits calls put with the limits of a namespace.
func readLimits(ctx context.Context, p *inspect.Place, put func(*view.Limit) error) error {
	fills, err := doctor.Fills(ctx, p)
	if err != nil {
		return err
	}
	for i := range fills {
		f := &fills[i]
		row := view.Limit{
			Resource: f.Resource, Used: f.Used, Limit: f.Amount.Limit, Known: f.Known,
			Setting: f.Setting, Detail: f.Detail, Place: placeOf(p),
		}
		if err := put(&row); err != nil {
			return err
		}
	}
	return nil
}

// fullest collects, of each resource, the row of the namespace where it is fullest.
type fullest []*view.Limit

func (f *fullest) put(row *view.Limit) error {
	i := slices.IndexFunc(*f, func(l *view.Limit) bool { return l.Resource == row.Resource })
	switch {
	case i < 0:
		*f = append(*f, row)
	case !(*f)[i].Known, row.Known && row.Used*(*f)[i].Limit > (*f)[i].Used*row.Limit:
		(*f)[i] = row
	}
	return nil
}
