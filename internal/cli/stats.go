package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/render"
)

// statsCmd is `nlstat stats`.
func (a *app) statsCmd() *cobra.Command {
	was := map[string]*mib.Snapshot{}
	every, nonzero := false, false
	l := &listing[view.Stat]{rows: view.Stats()}
	l.ready = func(l *listing[view.Stat]) {
		if l.interval > 0 || l.watch.every != "" {
			l.rows.Default = []string{"name", "delta", "rate", "value", "kind"}
		}
		// Machines want the same rows each time, people those that say something.
		f, _, _ := l.format() // prepare tells the error
		nonzero = nonzero || f == render.Table && !every && !mentions(l.node, "value", "delta", "rate")
	}
	l.hide = func(row *view.Stat) bool {
		return nonzero && (row.Metric.Value == 0 || row.Interval > 0 && row.Delta == 0)
	}
	l.before = func(l *listing[view.Stat]) (err error) {
		was[l.space], err = l.snapshot()
		l.looks(l.space)
		return err
	}
	l.produce = func(l *listing[view.Stat], place view.Place, put func(*view.Stat) error) error {
		now, err := l.snapshot()
		if err != nil {
			return err
		}
		row := view.Stat{Place: place}
		before := was[l.space]
		if before != nil {
			row.Interval = l.since(l.space, l.cfg.Replay != nil)
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
	cmd := l.command(a, "stats [FILTER...]", "List the protocol counters", `  nlstat stats
  nlstat stats retrans --all
  nlstat stats --rate 5s -s rate
  nlstat stats --watch 'rate>0 and section=TcpExt'
  nlstat stats section=TcpExt 'value>0' --json`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "counters that are zero as well, also in text")
	cmd.Flags().BoolVar(&nonzero, "nonzero", false,
		"leave out what is zero, or with --rate and --watch did not change; text does so anyway")
	l.sampling.flags(cmd.Flags())
	return cmd
}

// snapshot reads the counters of the namespace that is asked about.
func (q *question) snapshot() (*mib.Snapshot, error) {
	r := mib.Reader{Config: mib.Config{NetNS: q.cfg.NetNS}}
	if q.rec != nil {
		r.Record = q.rec.File
	}
	if q.cfg.Replay != nil {
		r.Replay = q.cfg.Replay.File
	}
	var s mib.Snapshot
	err := r.Read(&s)
	if err == nil && len(s.Metrics) == 0 && q.cfg.Replay == nil {
		err = errors.New("no counters in /proc/net: is /proc mounted?")
	}
	return &s, err
}
