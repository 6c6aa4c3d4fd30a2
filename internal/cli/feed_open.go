package cli

import (
	"context"
	"io"
	"iter"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/nl"
	"github.com/nlstat/nlstat/pkg/route"
)

// feedMemory is the receive buffer of a feed, about 6,000 events of flows by the kernel's accounting.
const feedMemory = 8 << 20

func dialLinks(p *inspect.Place, groups nl.EventGroups) (*link.Conn, error) {
	return link.Dial(&link.Config{NetNS: p.FD, Events: groups, EventMemory: feedMemory})
}

func dialRoutes(p *inspect.Place, groups nl.EventGroups) (*route.Conn, error) {
	return route.Dial(&route.Config{NetNS: p.FD, Events: groups, EventMemory: feedMemory})
}

func openLinks(p *inspect.Place, at view.Place) (*feed[view.Link], error) {
	c, err := dialLinks(p, link.GroupLinks)
	if err != nil {
		return nil, err
	}
	row := func(l *link.Link) *view.Link { return &view.Link{Link: l, Place: at} }
	return &feed[view.Link]{
		closer: []io.Closer{c},
		events: func(ctx context.Context) iter.Seq2[*view.Link, error] {
			return rowsOf(c.Events(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Link, error] {
			return rowsOf(c.Links(ctx, &link.Query{}), row)
		},
	}, nil
}

func openAddresses(p *inspect.Place, at view.Place) (*feed[view.Address], error) {
	c, err := dialLinks(p, link.GroupAddresses)
	if err != nil {
		return nil, err
	}
	row := func(a *link.Address) *view.Address { return &view.Address{Address: a, Place: at} }
	return &feed[view.Address]{
		closer: []io.Closer{c},
		events: func(ctx context.Context) iter.Seq2[*view.Address, error] {
			return rowsOf(c.AddressEvents(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Address, error] {
			return rowsOf(c.Addresses(ctx, &link.AddressQuery{}), row)
		},
	}, nil
}

func openRoutes(p *inspect.Place, at view.Place) (*feed[view.Route], error) {
	c, err := dialRoutes(p, route.GroupRoutes)
	if err != nil {
		return nil, err
	}
	return &feed[view.Route]{
		closer: []io.Closer{c},
		events: func(ctx context.Context) iter.Seq2[*view.Route, error] {
			return rowsOf(c.Events(ctx), func(r *route.Route) *view.Route {
				row := &view.Route{Route: r, Place: at}
				if r.NexthopID != 0 { // the object may have changed since the previous event
					row.Nexthops = nexthops(ctx, c)
				}
				return row
			})
		},
		list: func(ctx context.Context) iter.Seq2[*view.Route, error] {
			set := nexthops(ctx, c)
			return rowsOf(c.Routes(ctx, &route.Query{Table: route.TableAll}), func(r *route.Route) *view.Route {
				return &view.Route{Route: r, Place: at, Nexthops: set}
			})
		},
	}, nil
}

func openNeighbors(p *inspect.Place, at view.Place) (*feed[view.Neighbor], error) {
	c, err := dialRoutes(p, route.GroupNeighbors)
	if err != nil {
		return nil, err
	}
	row := func(n *route.Neighbor) *view.Neighbor { return &view.Neighbor{Neighbor: n, Place: at} }
	return &feed[view.Neighbor]{
		closer: []io.Closer{c},
		events: func(ctx context.Context) iter.Seq2[*view.Neighbor, error] {
			return rowsOf(c.NeighborEvents(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Neighbor, error] {
			return rowsOf(c.Neighbors(ctx, &route.NeighborQuery{}), row)
		},
	}, nil
}

func openFlows(p *inspect.Place, at view.Place) (*feed[view.Flow], error) {
	c, err := conntrack.Dial(&conntrack.Config{
		NetNS: p.FD, Events: conntrack.GroupAll, EventMemory: feedMemory,
	})
	if err != nil {
		return nil, err
	}
	row := func(f *conntrack.Flow) *view.Flow { return &view.Flow{Flow: f, Place: at} }
	return &feed[view.Flow]{
		closer: []io.Closer{c},
		events: func(ctx context.Context) iter.Seq2[*view.Flow, error] {
			return rowsOf(c.Events(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Flow, error] {
			return rowsOf(c.Flows(ctx, &conntrack.Query{}), row)
		},
	}, nil
}
