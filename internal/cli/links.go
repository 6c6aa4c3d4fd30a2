package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/link"
)

// linksCmd is `nlstat links`.
func (a *app) linksCmd() *cobra.Command {
	was := map[linkKey]*link.Stats{}
	l := &listing[view.Link]{rows: view.LinkTable()}
	l.ready = func(l *listing[view.Link]) {
		if l.interval > 0 || l.watch.every != "" {
			l.rows.Default = []string{
				"name", "state", "kind", "rx_rate", "tx_rate", "rx_packets_rate", "tx_packets_rate",
				"rx_errors_rate", "tx_errors_rate", "rx_dropped_rate", "tx_dropped_rate",
			}
		}
	}
	l.before = func(l *listing[view.Link]) error {
		l.looks(l.space)
		return withLinks(&l.question, func(c *link.Conn) error { return l.sampleLinks(c, was) })
	}
	l.produce = func(l *listing[view.Link], place view.Place, put func(*view.Link) error) error {
		row := view.Link{Place: place}
		return withLinks(&l.question, func(c *link.Conn) error {
			row.Rates.Interval = l.since(l.space, l.cfg.Replay != nil)
			return each(l.question.app, c.Links(l.ctx, &link.Query{}), func(r *link.Link) error {
				row.Link, row.Rates.Was = r, was[linkKey{l.space, r.Index}]
				return put(&row)
			})
		})
	}
	cmd := l.command(a, "links [FILTER...]", "List network interfaces and their counters", `  nlstat links
  nlstat links up -s rx_bytes
  nlstat links --rate 1s -s rx_rate
  nlstat links --watch
  nlstat links kind=veth --json`)
	l.sampling.flags(cmd.Flags())
	return cmd
}

// linkKey is a link of a network namespace.
type linkKey struct {
	space string
	index uint32
}

// sampleLinks looks at the counters alone. Before Linux 4.7 the kernel tells them only with everything else.
func (q *question) sampleLinks(c *link.Conn, into map[linkKey]*link.Stats) error {
	for s, err := range c.Samples(q.ctx) {
		switch {
		case errors.Is(err, link.ErrInterrupted):
			return nil
		case errors.Is(err, unix.EOPNOTSUPP):
			return q.sampleOldLinks(c, into)
		case err != nil:
			return err
		}
		stats := s.Stats
		into[linkKey{q.space, s.Index}] = &stats
	}
	return nil
}

func (q *question) sampleOldLinks(c *link.Conn, into map[linkKey]*link.Stats) error {
	for r, err := range c.Links(q.ctx, &link.Query{}) {
		if errors.Is(err, link.ErrInterrupted) {
			return nil
		}
		if err != nil {
			return err
		}
		stats := r.Stats
		into[linkKey{q.space, r.Index}] = &stats
	}
	return nil
}
