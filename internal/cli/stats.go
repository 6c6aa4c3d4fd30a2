package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/render"
)

// statsCmd is `nlstat stats`.
func (a *app) statsCmd() *cobra.Command {
	was := map[uint64]*mib.Snapshot{}
	every, nonzero := false, false
	l := &listing[view.Stat]{rows: view.Stats()}
	l.ready = func(l *listing[view.Stat], node *query.Node) {
		if l.interval > 0 || l.watch.every != "" {
			l.rows.Default = []string{"name", "delta", "rate", "value", "kind"}
		}
		// Machine formats have the same rows in every run, text leaves out the insignificant ones that nobody
		// named.
		f, _, _ := l.format() // prepare reports the error
		nonzero = nonzero || f == render.FormatTable && !every && !mentions(node, "name", "value", "delta", "rate")
	}
	l.hide = func(row *view.Stat) bool {
		return nonzero && (row.Metric.Value == 0 || row.Interval > 0 && row.Delta == 0)
	}
	l.before = func(_ *tableRun[view.Stat], p *inspect.Place) (err error) {
		was[p.Inode], err = snapshot(p)
		return err
	}
	l.produce = func(r *tableRun[view.Stat], p *inspect.Place, put func(*view.Stat) error) error {
		now, err := snapshot(p)
		if err != nil {
			return err
		}
		row := view.Stat{Place: placeOf(p)}
		before := was[p.Inode]
		if before != nil {
			row.Interval = r.since(p)
		} else {
			before = now
		}
		for m, delta := range now.Since(before) {
			row.Metric, row.Delta = m, delta
			if err := put(&row); err != nil {
				return err
			}
		}
		return nil
	}
	cmd := l.command(a, "stats [FILTER...]", "List protocol counters", `  nlstat stats
  nlstat stats retrans
  nlstat stats --rate 5s -s rate
  nlstat stats --watch 'rate>0 and section=TcpExt'
  nlstat stats section=TcpExt 'value>0' --json`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "include counters that are zero, also in text")
	cmd.Flags().BoolVar(&nonzero, "nonzero", false,
		"leave out counters that are zero or, with --rate and --watch, did not change (default in text)")
	l.sampling.flags(cmd.Flags())
	return cmd
}

// snapshot reads the counters of a namespace.
func snapshot(p *inspect.Place) (*mib.Snapshot, error) {
	r := mib.Reader{Config: mib.Config{NetNS: p.FD}}
	if p.Record != nil {
		r.Record = p.Record.File
	}
	if p.Replay != nil {
		r.Replay = p.Replay.File
	}
	var s mib.Snapshot
	err := r.Read(&s)
	if err == nil && len(s.Metrics) == 0 && p.Replay == nil {
		err = errors.New("no counters in /proc/net: is /proc mounted?")
	}
	return &s, err
}
