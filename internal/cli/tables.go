package cli

import (
	"errors"
	"iter"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// each passes what a dump yields on. A dump that was interrupted is complete all the same, and said so.
func each[T any](a *app, seq iter.Seq2[T, error], put func(T) error) error {
	some := false
	for row, err := range seq {
		switch {
		case errors.Is(err, route.ErrInterrupted):
			a.notice("the table changed while it was read: rows may be missing or repeated")
			return nil
		case err != nil && some && a.ctx.Err() == nil:
			return &incompleteError{err}
		case err != nil:
			return err
		}
		some = true
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}

// mentions tells whether a filter speaks of one of these fields.
func mentions(n *query.Node, fields ...string) (yes bool) {
	n.Walk(func(t *query.Test) {
		for _, f := range fields {
			yes = yes || t.Field == f
		}
	})
	return yes
}

func (a *app) addressesCmd() *cobra.Command {
	l := &listing[view.Address]{rows: view.Addresses(), produce: func(
		l *listing[view.Address], place view.Place, put func(*view.Address) error,
	) error {
		row := view.Address{Place: place}
		return withLinks(&l.question, func(c *link.Conn) error {
			return each(l.question.app, c.Addresses(l.ctx, &link.AddressQuery{}),
				func(r *link.Address) error {
					row.Address = r
					return put(&row)
				})
		})
	}}
	return l.command(a, "addresses [FILTER...]", "List the IP addresses of links", `  nlstat addresses
  nlstat addresses -A 10.0.0.0/8
  nlstat addresses iface=eth0 --json=address`)
}

// withLinks runs f with a connection of pkg/link.
func withLinks(q *question, f func(*link.Conn) error) error {
	c, err := link.Dial(&link.Config{NetNS: q.cfg.NetNS, Record: q.cfg.Record, Replay: q.cfg.Replay})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	return f(c)
}

func (a *app) neighborsCmd() *cobra.Command {
	every := false
	l := &listing[view.Neighbor]{rows: view.Neighbors(), produce: func(
		l *listing[view.Neighbor], place view.Place, put func(*view.Neighbor) error,
	) error {
		c, err := route.Dial(&route.Config{NetNS: l.cfg.NetNS, Record: l.cfg.Record, Replay: l.cfg.Replay})
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		row := view.Neighbor{Place: place}
		return each(l.question.app, c.Neighbors(l.ctx, &route.NeighborQuery{}),
			func(r *route.Neighbor) error {
				row.Neighbor = r
				return put(&row)
			})
	}}
	cmd := l.command(a, "neighbors [FILTER...]", "List other hosts on the links (ARP, neighbor discovery)",
		`  nlstat neighbors
  nlstat neighbors state=failed
  nlstat neighbors eth0 --json`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "addresses that nobody has to be asked about as well, also in text")
	l.ready = func(l *listing[view.Neighbor]) {
		f, _, _ := l.format() // prepare tells the error
		every = every || f != render.Table || mentions(l.node, "state")
		l.hide = func(n *view.Neighbor) bool { return !every && n.State == route.NoARP }
	}
	return cmd
}

func (a *app) groupsCmd() *cobra.Command {
	l := &listing[view.Group]{rows: view.Groups(), produce: func(
		l *listing[view.Group], place view.Place, put func(*view.Group) error,
	) error {
		c, err := maddr.Dial(&maddr.Config{NetNS: l.cfg.NetNS, Record: l.cfg.Record, Replay: l.cfg.Replay})
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		row := view.Group{Place: place}
		return each(l.question.app, c.Groups(l.ctx, &maddr.Query{Users: true}), func(r *maddr.Group) error {
			row.Group = r
			return put(&row)
		})
	}}
	return l.command(a, "groups [FILTER...]", "List multicast groups that the links listen to",
		`  nlstat groups
  nlstat groups 224.0.0.251 -A`)
}
