package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A listing is a command that lists a table other than sockets. R is the type of its rows. Its fields are
// flags and functions; the state of a run is a [tableRun].
type listing[R any] struct {
	*app
	namespaces
	source
	sampling
	output
	arrange
	watch
	exitStatus bool

	rows view.Table[R]
	live bool // recordings do not hold its rows
	// ready, if not nil, is called after the flags are parsed and before columns are chosen.
	ready func(l *listing[R], node *query.Node)
	// before, if not nil, takes the first sample of counters, for rates.
	before func(r *tableRun[R], p *inspect.Place) error
	// produce calls put with the rows of a namespace.
	produce func(r *tableRun[R], p *inspect.Place, put func(*R) error) error
	// hide, if not nil, reports rows that match but are left out as insignificant.
	hide func(*R) bool
	// instead, if not nil, names what else answers a filter that matched nothing.
	instead func(*query.Node) []string
}

// A tableRun is one run of a listing.
type tableRun[R any] struct {
	*listing[R]
	session *session
	match   *query.Filter[R]
	tree    *query.Node
	sampled map[uint64]time.Time // time of the first sample of each namespace
	// observe, if not nil, is called with every row before the filter.
	observe func(*R)
}

// command returns the cobra command.
func (l *listing[R]) command(a *app, use, short, example string) *cobra.Command {
	l.app = a
	cmd := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs}
	f := cmd.Flags()
	l.namespaces.flags(f)
	if !l.live {
		l.source.flags(f)
	}
	l.output.flags(f)
	l.arrange.flags(f, sorted|limited|grouped)
	l.watch.flags(f)
	f.BoolVar(&l.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
	if completing() {
		completeTable(cmd, &l.rows)
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return l.run(args) }
	return cmd
}

func (l *listing[R]) run(args []string) error {
	pace, err := l.pace()
	if err != nil {
		return err
	}
	if err := errors.Join(l.source.check(pace > 0), l.sampling.check()); err != nil {
		return err
	}
	sel, err := l.namespaces.selection()
	if err != nil {
		return err
	}
	args = fieldsBehind(&l.output, func() *view.Table[R] { return &l.rows }, args)
	node, err := query.Parse(&l.rows, args)
	if err != nil {
		return err
	}
	text := strings.Join(args, " ")
	r := &tableRun[R]{listing: l, tree: node}
	if r.match, err = query.Compile(&l.rows, node, text); err != nil {
		return err
	}
	if l.ready != nil {
		l.ready(l, node)
	}
	if l.named() {
		l.rows.Default = append([]string{"netns"}, l.rows.Default...)
	}
	l.rows.Default = l.rows.Shown(l.rows.Default, append(node.Fields(), sortFields(&l.rows, l.sort)...)...)
	sheet, err := prepareRows(l.app, &l.output, &l.arrange, &l.rows)
	if err != nil {
		return err
	}
	if _, err := sheet.pipeline(l.app, &l.arrange); err != nil {
		return err // before a file is touched
	}
	return r.open(sel, func() error {
		if pace > 0 {
			return r.again(pace, text)
		}
		return r.once(sheet)
	})
}

// open runs f with an open session.
func (r *tableRun[R]) open(sel inspect.Selection, f func() error) (err error) {
	if r.session, err = r.app.open(&r.source, sel); err != nil {
		return err
	}
	defer func() { err = r.session.finish(err) }()
	return explainNamespace(f())
}

// once lists once.
func (r *tableRun[R]) once(sheet *sheet[R]) error {
	n, hidden, err := r.write(sheet)
	if err != nil {
		return err
	}
	r.tellTopN(n, r.limit)
	switch {
	case n > 0:
	case !r.exitStatus:
		facts := readings(&r.rows, r.tree)
		if r.instead != nil {
			facts = append(facts, r.instead(r.tree)...)
		}
		if hidden > 0 {
			facts = append(facts, fmt.Sprintf("%d insignificant rows were left out: add -a", hidden))
		}
		r.tellNothing(facts)
	case r.exitStatus && !r.rights:
		return &quit{exitNothing}
	}
	return nil
}

// write writes the rows through the pipeline, by way of a pager on a terminal. It returns how many matched,
// and how many more are not shown.
func (r *tableRun[R]) write(sheet *sheet[R]) (n, hidden int, err error) {
	end := r.page(r.noPager)
	defer func() { err = errors.Join(err, end()) }()
	pipe, err := sheet.pipeline(r.app, &r.arrange)
	if err != nil {
		return 0, 0, err
	}
	if err := r.sample(pipe.needs); err != nil {
		return 0, 0, err
	}
	err = sheet.end(r.app, pipe, r.each(func(row *R) error {
		if r.hide != nil && r.hide(row) {
			hidden++
			return nil
		}
		return pipe.Row(row)
	}))
	return pipe.rows, hidden, err
}

// sample takes the first sample and waits, if rates are requested.
func (r *tableRun[R]) sample(needs uint32) error {
	if r.before == nil {
		return nil
	}
	if r.interval == 0 && (needs|r.match.Needs)&inspect.NeedRates != 0 {
		r.interval = usualInterval
	}
	if r.interval == 0 {
		return nil
	}
	if err := r.confine(); err != nil {
		return err
	}
	r.sampled = map[uint64]time.Time{}
	err := r.session.Each(r.ctx, func(p *inspect.Place) error {
		r.sampled[p.Inode] = time.Now()
		return r.before(r, p)
	})
	if err != nil || r.session.replaying() {
		return err
	}
	return inspect.Pause(r.ctx, r.interval)
}

// since returns the time since the first sample; in a replay the requested interval.
func (r *tableRun[R]) since(p *inspect.Place) time.Duration {
	if at, ok := r.sampled[p.Inode]; ok && !r.session.replaying() {
		return time.Since(at)
	}
	return r.interval
}

// again lists repeatedly.
func (r *tableRun[R]) again(pace time.Duration, text string) error {
	if r.interval > 0 {
		return errBothPaces
	}
	t := newTableTracker(&r.rows)
	w := &watcher[R]{
		watched: watched[R]{
			app: r.app, output: &r.output, arrange: &r.arrange, table: r.rows, text: text, pace: pace,
		},
		tracker: t, times: r.times, hide: r.hide,
		list: func(_ uint32, row func(*R) error) error { return r.each(row) },
	}
	if r.match.Needs&inspect.NeedRates != 0 {
		w.early, r.observe = true, t.compare
	}
	return w.run()
}

// each passes on the matching rows of every namespace.
func (r *tableRun[R]) each(put func(*R) error) error {
	if err := r.confine(); err != nil {
		return err
	}
	err := r.session.Each(r.ctx, func(p *inspect.Place) error {
		return r.produce(r, p, func(row *R) error {
			if r.observe != nil {
				r.observe(row)
			}
			if !r.match.Match(row) {
				return nil
			}
			return put(row)
		})
	})
	rep := r.session.Report()
	r.tellNamespaces(&rep)
	if errors.Is(err, render.ErrEnough) {
		return nil
	}
	return err
}

// placeOf returns the namespace for rows.
func placeOf(p *inspect.Place) view.Place {
	return view.Place{Netns: p.Name, Aliases: p.Aliases, Links: p.Links}
}
