package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A listing is a command that lists a table other than that of sockets. R is its row.
type listing[R any] struct {
	question // for its source and namespaces
	output
	arrange
	watch
	exitStatus bool

	rows  view.Table[R]
	match *query.Filter[R]
	node  *query.Node
	// ready, if there is one, settles what depends on the command line before columns are chosen.
	ready func(l *listing[R])
	// before, if there is one, looks at counters first, so that produce has two looks to make rates from.
	before func(l *listing[R]) error
	// produce calls put with the rows of the namespace that the listing is in.
	produce func(l *listing[R], place view.Place, put func(*R) error) error
	// hide, if there is one, tells rows that match but say nothing.
	hide func(*R) bool
	// meet, if there is one, is called with every row before the filter sees it.
	meet func(*R)
}

// command makes the command of a listing.
func (l *listing[R]) command(a *app, use, short, example string) *cobra.Command {
	l.question.app = a
	cmd := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs}
	f := cmd.Flags()
	l.spaces.flags(f)
	l.source.flags(f, l.DropRights)
	l.output.flags(f)
	l.arrange.flags(f)
	l.watch.flags(f)
	f.BoolVar(&l.exitStatus, "exit-status", false, "exit with 1 if nothing matched")
	if completing() {
		completeTable(cmd, &l.rows)
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return l.run(args) }
	return cmd
}

func (l *listing[R]) run(args []string) (err error) {
	pace, args, err := l.pace(args)
	if err != nil {
		return err
	}
	if l.node, err = query.Parse(&l.rows, args); err != nil {
		return err
	}
	if l.match, err = query.Compile(&l.rows, l.node, strings.Join(args, " ")); err != nil {
		return err
	}
	if l.ready != nil {
		l.ready(l)
	}
	if l.some() {
		l.rows.Default = append([]string{"netns"}, l.rows.Default...)
	}
	if pace > 0 {
		return l.again(pace, strings.Join(args, " "))
	}
	return l.list()
}

// list lists once.
func (l *listing[R]) list() (err error) {
	sheet, err := prepareRows(l.question.app, &l.output, &l.arrange, &l.rows)
	if err != nil {
		return err
	}
	end := l.page(l.noPager)
	defer func() { err = errors.Join(err, end()) }()
	pipe, err := sheet.pipeline(l.question.app, &l.arrange)
	if err != nil {
		return err
	}
	if err := l.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.finish()) }()
	if err := l.sample(pipe.needs); err != nil {
		return err
	}
	err = l.fill(func(row *R) error {
		if l.hide != nil && l.hide(row) {
			return nil
		}
		return pipe.Row(row)
	})
	if err != nil && pipe.rows == 0 {
		return err
	}
	if closeErr := pipe.Close(); err == nil {
		err = closeErr
	}
	if err == nil && l.exitStatus && pipe.rows == 0 {
		return &quit{exitNothing}
	}
	return err
}

// again lists again and again.
func (l *listing[R]) again(pace time.Duration, text string) (err error) {
	if l.interval > 0 {
		return errBothPaces
	}
	if err := l.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.finish()) }()
	w := &watcher[R]{
		app: l.question.app, output: &l.output, arrange: &l.arrange, sightings: newSightings(&l.rows),
		table: l.rows, text: text, pace: pace, times: l.times, hide: l.hide,
		ask: func(_ uint32, row func(*R) error) error { return l.fill(row) },
	}
	if l.match.Needs&view.NeedRates != 0 {
		w.early, l.meet = true, w.meet
	}
	return w.run()
}

// fill passes the rows of every namespace on that match.
func (l *listing[R]) fill(put func(*R) error) error {
	l.links = newLinks(here)
	l.names = names.Names{Etc: l.Etc}
	if l.cfg.Replay != nil {
		l.links.replay(l.cfg.Replay)
	}
	err := l.inSpaces(func() error {
		return l.produce(l, view.Place{Netns: l.space, Links: l.links}, func(row *R) error {
			if l.meet != nil {
				l.meet(row)
			}
			if !l.match.Match(row) {
				return nil
			}
			return put(row)
		})
	})
	if l.rec != nil {
		l.links.record(l.rec)
	}
	if errors.Is(err, render.ErrEnough) {
		return nil
	}
	return err
}
