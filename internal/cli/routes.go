package cli

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// routesCmd is `nlstat routes`.
func (a *app) routesCmd() *cobra.Command {
	every, cached := false, false
	l := &listing[view.Route]{rows: view.Routes(), instead: lookups}
	l.ready = func(l *listing[view.Route], node *query.Node) {
		if every || mentions(node, "table", "type", "scope") {
			every = true
			l.rows.Default = append(l.rows.Default, "table")
		}
	}
	l.produce = func(r *tableRun[view.Route], p *inspect.Place, put func(*view.Route) error) error {
		q := route.Query{Table: route.TableMain, Cloned: cached}
		if every || cached {
			q.Table = route.TableAll
		}
		return withRoutes(p, func(c *route.Conn) error {
			row := view.Route{Place: placeOf(p), Nexthops: nexthops(r.ctx, c)}
			return each(r.app, c.Routes(r.ctx, &q), func(entry *route.Route) error {
				row.Route = entry
				return put(&row)
			})
		})
	}
	cmd := l.command(a, "routes [FILTER...]", "List IPv4 and IPv6 routes", `  nlstat routes
  nlstat routes 10.0.0.0/8
  nlstat routes get 192.0.2.1
  nlstat routes --watch --jsonl=dst,gateway,iface
  nlstat routes --all 'protocol=bird' --jsonl=dst,gateway,iface`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "include all routing tables, not only main")
	cmd.Flags().BoolVar(&cached, "cached", false, "list cached exceptions instead: path MTUs and redirects")
	cmd.AddCommand(a.routeGetCmd())
	return cmd
}

// lookups names, for destinations that are single addresses, the command that finds the routes to them: a
// filter compares the networks of routes.
func lookups(tree *query.Node) (facts []string) {
	tree.Walk(func(t *query.Test) {
		if t.Field != "dst" || len(t.Args) != 1 {
			return
		}
		if to, err := netip.ParseAddr(t.Args[0].Text); err == nil {
			facts = append(facts, fmt.Sprintf("for the route to an address type nlstat routes get %v", to))
		}
	})
	return facts
}

// withRoutes runs f with a connection of pkg/route.
func withRoutes(p *inspect.Place, f func(*route.Conn) error) error {
	cfg := p.Config()
	cfg.ReadAhead = readAhead
	c, err := route.Dial(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	return f(c)
}

// nexthops reads the nexthop objects; without them, routes that refer to one show no hop.
func nexthops(ctx context.Context, c *route.Conn) *route.NexthopSet {
	set, err := c.LoadNexthops(ctx)
	if err != nil {
		return nil // an old recording, or an interrupted dump, which the dump of routes reports too
	}
	return set
}

// rulesCmd is `nlstat rules`.
func (a *app) rulesCmd() *cobra.Command {
	l := &listing[view.Rule]{rows: view.Rules()}
	l.produce = func(r *tableRun[view.Rule], p *inspect.Place, put func(*view.Rule) error) error {
		return withRoutes(p, func(c *route.Conn) error {
			row := view.Rule{Place: placeOf(p)}
			return each(r.app, c.Rules(r.ctx, 0), func(rule *route.Rule) error {
				row.Rule = rule
				return put(&row)
			})
		})
	}
	return l.command(a, "rules [FILTER...]", "List routing rules", `  nlstat rules
  nlstat rules table=main
  nlstat rules 10.0.0.0/8 --json`)
}
