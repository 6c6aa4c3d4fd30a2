package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// natCmd is `nlstat nat`.
func (a *app) natCmd() *cobra.Command {
	every := false
	services := names.Names{Etc: a.Etc}
	l := &listing[view.Flow]{
		rows: view.Flows(func(name string) (uint64, bool) {
			port, ok := services.Port("", name)
			return uint64(port), ok
		}),
		produce: func(r *tableRun[view.Flow], p *inspect.Place, put func(*view.Flow) error) error {
			q := conntrack.Query{NAT: conntrack.NATAny}
			if every {
				q.NAT = conntrack.NATOrNot
			}
			return r.untracked(listFlows(r.app, p, &q, put), r.allNetns)
		},
	}
	cmd := l.command(a, "nat [FILTER...]", "List translated flows: original addresses and real peers",
		`  nlstat nat
  nlstat nat dnat :443
  nlstat nat --all host=10.0.0.0/8 -s orig_bytes --json`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "include flows that are not translated")
	return cmd
}

func listFlows(a *app, p *inspect.Place, q *conntrack.Query, put func(*view.Flow) error) error {
	cfg := p.Config()
	cfg.ReadAhead = readAhead
	c, err := conntrack.Dial(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	row := view.Flow{Place: placeOf(p)}
	return each(a, c.Flows(a.ctx, q), func(f *conntrack.Flow) error {
		row.Flow = f
		return put(&row)
	})
}

// untracked adds the remedy to an error of missing rights. In a listing of many namespaces, one without
// connection tracking has no flows.
func (a *app) untracked(err error, many bool) error {
	switch {
	case errors.Is(err, conntrack.ErrPermission):
		a.rights = true
		a.notice("%v: run as root, or give CAP_NET_ADMIN", conntrack.ErrPermission)
		return nil
	case errors.Is(err, errors.ErrUnsupported) && many:
		return nil
	default:
		return err
	}
}
