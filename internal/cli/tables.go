package cli

import (
	"errors"
	"iter"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// each passes on the rows of a dump. An interrupted dump (NLM_F_DUMP_INTR) still has an end and is reported.
func each[T any](a *app, seq iter.Seq2[T, error], put func(T) error) error {
	some := false
	for row, err := range seq {
		switch {
		case errors.Is(err, route.ErrInterrupted):
			a.notice("the table changed during the dump: rows may be missing or duplicated")
			return nil
		case err != nil && some && a.ctx.Err() == nil:
			return &inspect.IncompleteError{Err: err}
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

// mentions reports whether a filter uses one of these fields.
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
		r *tableRun[view.Address], p *inspect.Place, put func(*view.Address) error,
	) error {
		row := view.Address{Place: placeOf(p)}
		return withLinks(p, func(c *link.Conn) error {
			return each(r.app, c.Addresses(r.ctx, &link.AddressQuery{}), func(a *link.Address) error {
				row.Address = a
				return put(&row)
			})
		})
	}}
	return l.command(a, "addresses [FILTER...]", "List IP addresses of interfaces", `  nlstat addresses
  nlstat addresses -A 10.0.0.0/8
  nlstat addresses iface=eth0 --json=address`)
}

// withLinks runs f with a connection of pkg/link.
func withLinks(p *inspect.Place, f func(*link.Conn) error) error {
	c, err := link.Dial(p.Config())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	return f(c)
}

func (a *app) neighborsCmd() *cobra.Command {
	every := false
	l := &listing[view.Neighbor]{rows: view.Neighbors(), produce: func(
		r *tableRun[view.Neighbor], p *inspect.Place, put func(*view.Neighbor) error,
	) error {
		return withRoutes(p, func(c *route.Conn) error {
			row := view.Neighbor{Place: placeOf(p)}
			return each(r.app, c.Neighbors(r.ctx, &route.NeighborQuery{}), func(n *route.Neighbor) error {
				row.Neighbor = n
				return put(&row)
			})
		})
	}}
	cmd := l.command(a, "neighbors [FILTER...]", "List neighbors (ARP, neighbor discovery)",
		`  nlstat neighbors
  nlstat neighbors state=failed
  nlstat neighbors eth0 --json`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "include entries that need no resolution (NOARP), also in text")
	l.ready = func(l *listing[view.Neighbor], node *query.Node) {
		f, _, _ := l.format() // prepare reports the error
		every = every || f != render.FormatTable || mentions(node, "state")
		l.hide = func(n *view.Neighbor) bool { return !every && n.State == route.NeighborStateNoARP }
	}
	return cmd
}

func (a *app) groupsCmd() *cobra.Command {
	l := &listing[view.Group]{rows: view.Groups(), produce: func(
		r *tableRun[view.Group], p *inspect.Place, put func(*view.Group) error,
	) error {
		c, err := maddr.Dial(p.Config())
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		row := view.Group{Place: placeOf(p)}
		return each(r.app, c.Groups(r.ctx, &maddr.Query{Users: true}), func(g *maddr.Group) error {
			row.Group = g
			return put(&row)
		})
	}}
	return l.command(a, "groups [FILTER...]", "List multicast group memberships of interfaces",
		`  nlstat groups
  nlstat groups 224.0.0.251 -A`)
}
