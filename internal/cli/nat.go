package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/conntrack"
)

// natCmd is `nlstat nat`.
func (a *app) natCmd() *cobra.Command {
	every := false
	l := &listing[view.Flow]{produce: func(
		l *listing[view.Flow], place view.Place, put func(*view.Flow) error,
	) error {
		c, err := conntrack.Dial(&conntrack.Config{
			NetNS: l.cfg.NetNS, Record: l.cfg.Record, Replay: l.cfg.Replay, ReadAhead: readAhead,
		})
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		q := conntrack.Query{NAT: conntrack.AnyNAT}
		if every {
			q.NAT = conntrack.AllFlows
		}
		row := view.Flow{Place: place}
		err = each(l.question.app, c.Flows(l.ctx, &q), func(f *conntrack.Flow) error {
			row.Flow = f
			return put(&row)
		})
		return l.untracked(err)
	}}
	l.rows = view.Flows(l.port)
	cmd := l.command(a, "nat [FILTER...]", "List translated flows: who is seen as whom, and the real peers",
		`  nlstat nat
  nlstat nat dnat :443
  nlstat nat --all host=10.0.0.0/8 -s orig_bytes --json`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "flows that are not translated as well")
	return cmd
}

// untracked says what helps where flows may not be read. Among many namespaces one without connection
// tracking has no flows.
func (q *question) untracked(err error) error {
	switch {
	case errors.Is(err, conntrack.ErrPermission):
		q.rights = true
		q.notice("%v: run as root, or give CAP_NET_ADMIN", conntrack.ErrPermission)
		return nil
	case errors.Is(err, conntrack.ErrUnsupported) && q.every:
		return nil
	default:
		return err
	}
}

// port is the number of a service.
func (q *question) port(name string) (uint64, bool) {
	port, ok := q.names.Port("", name)
	return uint64(port), ok
}
