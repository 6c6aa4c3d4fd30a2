package cli

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

func dialLinks(p *inspect.Place, groups link.EventGroups) func(bool) (*link.Conn, error) {
	return func(events bool) (*link.Conn, error) {
		cfg := link.Config{NetNS: p.FD}
		if events {
			cfg.Events, cfg.EventMemory = groups, feedMemory
		}
		return link.Dial(&cfg)
	}
}

func dialRoutes(p *inspect.Place, groups route.EventGroups) func(bool) (*route.Conn, error) {
	return func(events bool) (*route.Conn, error) {
		cfg := route.Config{NetNS: p.FD}
		if events {
			cfg.Events, cfg.EventMemory = groups, feedMemory
		}
		return route.Dial(&cfg)
	}
}

func openLinks(p *inspect.Place, at view.Place) (*feed[view.Link], error) {
	told, asked, err := both(dialLinks(p, link.GroupLinks))
	if err != nil {
		return nil, err
	}
	row := func(l *link.Link) *view.Link { return &view.Link{Link: l, Place: at} }
	return &feed[view.Link]{
		closer: []io.Closer{told, asked},
		events: func(ctx context.Context) iter.Seq2[*view.Link, error] {
			return rowsOf(told.Events(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Link, error] {
			return rowsOf(asked.Links(ctx, &link.Query{}), row)
		},
	}, nil
}

func openAddresses(p *inspect.Place, at view.Place) (*feed[view.Address], error) {
	told, asked, err := both(dialLinks(p, link.GroupAddresses))
	if err != nil {
		return nil, err
	}
	row := func(a *link.Address) *view.Address { return &view.Address{Address: a, Place: at} }
	return &feed[view.Address]{
		closer: []io.Closer{told, asked},
		events: func(ctx context.Context) iter.Seq2[*view.Address, error] {
			return rowsOf(told.AddressEvents(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Address, error] {
			return rowsOf(asked.Addresses(ctx, &link.AddressQuery{}), row)
		},
	}, nil
}

func openRoutes(p *inspect.Place, at view.Place) (*feed[view.Route], error) {
	dial := dialRoutes(p, route.GroupRoutes)
	told, asked, err := both(dial)
	if err != nil {
		return nil, err
	}
	hops, err := dial(false)
	if err != nil {
		return nil, errors.Join(err, told.Close(), asked.Close())
	}
	return &feed[view.Route]{
		closer: []io.Closer{told, asked, hops},
		events: func(ctx context.Context) iter.Seq2[*view.Route, error] {
			return rowsOf(told.Events(ctx), func(r *route.Route) *view.Route {
				row := &view.Route{Route: r, Place: at}
				if r.NexthopID != 0 { // what it means may have changed since the event before
					row.Nexthops = nexthops(ctx, hops)
				}
				return row
			})
		},
		list: func(ctx context.Context) iter.Seq2[*view.Route, error] {
			set := nexthops(ctx, asked)
			return rowsOf(asked.Routes(ctx, &route.Query{Table: route.TableAll}), func(r *route.Route) *view.Route {
				return &view.Route{Route: r, Place: at, Nexthops: set}
			})
		},
	}, nil
}

func openNeighbors(p *inspect.Place, at view.Place) (*feed[view.Neighbor], error) {
	told, asked, err := both(dialRoutes(p, route.GroupNeighbors))
	if err != nil {
		return nil, err
	}
	row := func(n *route.Neighbor) *view.Neighbor { return &view.Neighbor{Neighbor: n, Place: at} }
	return &feed[view.Neighbor]{
		closer: []io.Closer{told, asked},
		events: func(ctx context.Context) iter.Seq2[*view.Neighbor, error] {
			return rowsOf(told.NeighborEvents(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Neighbor, error] {
			return rowsOf(asked.Neighbors(ctx, &route.NeighborQuery{}), row)
		},
	}, nil
}

func dialFlows(p *inspect.Place) func(bool) (*conntrack.Conn, error) {
	return func(events bool) (*conntrack.Conn, error) {
		cfg := conntrack.Config{NetNS: p.FD}
		if events {
			cfg.Events, cfg.EventMemory = conntrack.GroupAll, feedMemory
		}
		return conntrack.Dial(&cfg)
	}
}

func openFlows(p *inspect.Place, at view.Place) (*feed[view.Flow], error) {
	told, asked, err := both(dialFlows(p))
	if err != nil {
		return nil, err
	}
	row := func(f *conntrack.Flow) *view.Flow { return &view.Flow{Flow: f, Place: at} }
	return &feed[view.Flow]{
		closer: []io.Closer{told, asked},
		events: func(ctx context.Context) iter.Seq2[*view.Flow, error] {
			return rowsOf(told.Events(ctx), row)
		},
		list: func(ctx context.Context) iter.Seq2[*view.Flow, error] {
			return rowsOf(asked.Flows(ctx, &conntrack.Query{}), row)
		},
	}, nil
}
