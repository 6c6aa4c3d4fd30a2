package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
)

// linksCmd is `nlstat links`.
func (a *app) linksCmd() *cobra.Command {
	was := map[linkKey]*link.Stats{}
	l := &listing[view.Link]{rows: view.LinkTable()}
	l.ready = func(l *listing[view.Link], _ *query.Node) {
		if l.interval > 0 || l.watch.every != "" {
			l.rows.Default = []string{
				"name", "state", "kind", "rx_rate", "tx_rate", "rx_packets_rate", "tx_packets_rate",
				"rx_errors_rate", "tx_errors_rate", "rx_dropped_rate", "tx_dropped_rate",
			}
		}
	}
	l.before = func(r *tableRun[view.Link], p *inspect.Place) error {
		return withLinks(p, func(c *link.Conn) error { return sampleLinks(r.ctx, p, c, was) })
	}
	l.produce = func(r *tableRun[view.Link], p *inspect.Place, put func(*view.Link) error) error {
		row := view.Link{Place: placeOf(p)}
		return withLinks(p, func(c *link.Conn) error {
			row.Rates.Interval = r.since(p)
			return each(r.app, c.Links(r.ctx, &link.Query{}), func(l *link.Link) error {
				row.Link, row.Rates.Was = l, was[linkKey{p.Inode, l.Index}]
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

// linkKey identifies a link of a network namespace.
type linkKey struct {
	netns uint64
	index uint32
}

// sampleLinks samples only the counters. Before Linux 4.7 they are part of the full dump.
func sampleLinks(ctx context.Context, p *inspect.Place, c *link.Conn, into map[linkKey]*link.Stats) error {
	for s, err := range c.Samples(ctx) {
		switch {
		case errors.Is(err, link.ErrInterrupted):
			return nil
		case errors.Is(err, unix.EOPNOTSUPP):
			return sampleOldLinks(ctx, p, c, into)
		case err != nil:
			return err
		}
		stats := s.Stats
		into[linkKey{p.Inode, s.Index}] = &stats
	}
	return nil
}

func sampleOldLinks(ctx context.Context, p *inspect.Place, c *link.Conn, into map[linkKey]*link.Stats) error {
	for l, err := range c.Links(ctx, &link.Query{}) {
		if errors.Is(err, link.ErrInterrupted) {
			return nil
		}
		if err != nil {
			return err
		}
		stats := l.Stats
		into[linkKey{p.Inode, l.Index}] = &stats
	}
	return nil
}
