package cli

import (
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// A feedCmd is `nlstat events TABLE`: a line for each change that the kernel reports.
type feedCmd[R any] struct {
	*app
	namespaces
	output
	fixed  constantList
	length time.Duration // 0 = no limit

	rows view.Table[R]
	// open joins the groups of a namespace.
	open func(*inspect.Place, view.Place) (*feed[R], error)
	// change returns the change that the kernel reports of a row, "" if it only reports the row.
	change func(*R) string
	// mixed is set if the kernel does not distinguish new rows from changed ones: a hash of each row is kept.
	mixed      bool
	key, facts []render.Column[R]
	// selects, if not nil, reports whether a row is written, in addition to the filter.
	selects func(*R) bool
}

func gone(deleted bool) string {
	if deleted {
		return view.Closed
	}
	return ""
}

func (a *app) eventsOfLinks() *cobra.Command {
	c := &feedCmd[view.Link]{
		app: a, rows: view.LinkTable(), open: openLinks, mixed: true,
		change: func(l *view.Link) string { return gone(l.Deleted) },
	}
	c.rows.Default = []string{"name", "state", "up", "kind", "mtu", "mac", "master"}
	return c.command("links", "links that are created, changed or deleted", `  nlstat events links
  nlstat events links -A kind=veth
  nlstat events links event=closed --jsonl=time,name --set host=web-1`)
}

func (a *app) eventsOfAddresses() *cobra.Command {
	c := &feedCmd[view.Address]{
		app: a, rows: view.Addresses(), open: openAddresses, mixed: true,
		change: func(at *view.Address) string { return gone(at.Deleted) },
	}
	return c.command("addresses", "addresses that are added, changed or deleted", `  nlstat events addresses
  nlstat events addresses -A 10.0.0.0/8`)
}

func (a *app) eventsOfNeighbors() *cobra.Command {
	every := false
	c := &feedCmd[view.Neighbor]{
		app: a, rows: view.Neighbors(), open: openNeighbors, mixed: true,
		change: func(n *view.Neighbor) string { return gone(n.Deleted) },
	}
	c.selects = func(n *view.Neighbor) bool {
		f, _, _ := c.format() // prepare reports the error
		return every || f != render.FormatTable || n.State != route.NeighborStateNoARP
	}
	cmd := c.command("neighbors", "neighbors that are added, changed or deleted", `  nlstat events neighbors
  nlstat events neighbors state=failed`)
	cmd.Flags().BoolVarP(&every, "all", "a", false, "include entries that need no resolution (NOARP), also in text")
	return cmd
}

func (a *app) eventsOfRoutes() *cobra.Command {
	c := &feedCmd[view.Route]{
		app: a, rows: view.Routes(), open: openRoutes, change: changeOfRoute,
	}
	c.rows.Default = append(c.rows.Default, "table")
	cmd := c.command("routes", "routes that are added, replaced or deleted", `  nlstat events routes
  nlstat events routes -A default
  nlstat events routes table=main --jsonl=time,event,dst,gateway`)
	cmd.Long += "\n\nIncludes the routes of all tables. The kernel does not report IPv4 routes that it deletes with their " +
		"link or address."
	return cmd
}

// changeOfRoute returns the kernel's flag: it distinguishes routes that replace another from new ones.
func changeOfRoute(r *view.Route) string {
	switch {
	case r.Deleted:
		return view.Closed
	case r.Replaced:
		return view.Changed
	default:
		return view.New
	}
}

func (a *app) eventsOfNAT() *cobra.Command {
	every := false
	c := &feedCmd[view.Flow]{
		app: a, rows: view.Flows(nil), open: openFlows, change: changeOfFlow,
		selects: func(f *view.Flow) bool { return every || f.Translated() },
	}
	cmd := c.command("nat", "translated flows that start, change or end", `  nlstat events nat
  nlstat events nat event=closed :443
  nlstat events nat --all -A --jsonl=time,event,src,dst,nat_src,nat_dst`)
	cmd.Long += "\n\nNeeds CAP_NET_ADMIN. An ended flow has its last counters if net.netfilter.nf_conntrack_acct is 1."
	cmd.Flags().BoolVarP(&every, "all", "a", false, "include flows that are not translated")
	return cmd
}

func changeOfFlow(f *view.Flow) string {
	switch f.Event {
	case conntrack.EventEnded:
		return view.Closed
	case conntrack.EventChanged:
		return view.Changed
	default:
		return view.New
	}
}

// command returns the cobra command.
func (c *feedCmd[R]) command(name, what, example string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name + " [FILTER...]",
		Short: "Write an event for " + what,
		Long: "Write an event for " + what + ", as the kernel reports them. Events that were not read in time are " +
			"counted in an event of type lost, followed by all current rows as present.",
		Example: example, Args: cobra.ArbitraryArgs,
	}
	f := cmd.Flags()
	c.namespaces.flags(f)
	c.output.flags(f)
	f.DurationVar(&c.length, "for", 0, "stop after `TIME` (0: never)")
	f.Var(&c.fixed, "set", "add a constant field to each event; may be repeated")
	if completing() {
		t := view.EventsOf(c.rows, nil)
		completeTable(cmd, &t)
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return c.run(args) }
	return cmd
}

func (c *feedCmd[R]) run(args []string) error {
	if c.length < 0 {
		return fmt.Errorf("--for %v: expected a duration such as 10s", c.length)
	}
	sel, err := c.selection()
	if err != nil {
		return err
	}
	s := &feeds[R]{
		feedCmd: c, spaces: map[uint64]*feed[R]{}, queue: make(chan told[R], feedQueue), broken: make(chan error, 1),
		seed: maphash.MakeSeed(),
	}
	t := view.EventsOf(c.rows, func() *view.Happening { return &s.at })
	args = fieldsBehind(&c.output, func() *view.Table[R] { return &t }, args)
	node, err := query.Parse(&t, args)
	if err != nil {
		return err
	}
	if s.match, err = query.Compile(&t, node, strings.Join(args, " ")); err != nil {
		return err
	}
	if c.named() {
		t.Default = append([]string{"netns"}, t.Default...)
	}
	t.Default = t.Shown(t.Default, node.Fields()...)
	sheet, err := c.prepare(&t)
	if err != nil {
		return err
	}
	s.enc = sheet.encoder(c.app)
	c.compared()
	if s.session, err = c.app.open(&source{}, sel); err != nil {
		return err
	}
	ctx, cancel := c.limited(c.length)
	defer cancel()
	if err = c.confine(); err == nil {
		err = explainNamespace(explainFlows(s.run(ctx)))
	}
	return s.session.finish(err)
}

// prepare determines the columns.
func (c *feedCmd[R]) prepare(t *view.Table[R]) (*sheet[R], error) {
	columns, keys, err := constants(t.Columns, c.fixed)
	if err != nil {
		return nil, err
	}
	t.Columns = append(t.Columns, columns...)
	t.Default = append(t.Default, keys...)
	sheet, err := prepare(c.app, &c.output, t)
	if err != nil {
		return nil, err
	}
	if sheet.opts.Format, err = lines(sheet.opts.Format); err != nil {
		return nil, err
	}
	if sheet.form == nil {
		sheet.lead(t, "event", "time")
		sheet.trail(t, keys...)
	}
	sheet.opts.Widths = &render.Widths{}
	return sheet, nil
}

// compared determines the fields that identify rows and those whose change is reported: all but quantities.
func (c *feedCmd[R]) compared() {
	for _, key := range c.rows.Watch.Key {
		c.key = append(c.key, c.rows.Columns[render.Find(c.rows.Columns, key)])
	}
	for _, column := range c.rows.Columns {
		if !column.Quantity() && column.Needs&^inspect.NeedIface == 0 {
			c.facts = append(c.facts, column)
		}
	}
}

// explainFlows names the missing right.
func explainFlows(err error) error {
	if errors.Is(err, conntrack.ErrPermission) {
		return errors.New("events nat needs CAP_NET_ADMIN in the user namespace that owns the network namespace; " +
			"nlstat nat --watch --jsonl needs it, too")
	}
	return err
}
