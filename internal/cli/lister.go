package cli

import (
	"errors"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A lister lists the sockets of a request in an open session, once or again and again.
type lister struct {
	*app
	*request
	session *session
	hosts   *hosts // kept from one listing to the next
	// observe, if there is one, is called with every row before the filter sees it.
	observe func(*inspect.Row)
}

// lister opens the session of a request. Nothing is refused after that: the command line was understood.
func (a *app) lister(r *request) (*lister, error) {
	s, err := a.open(&r.source, r.netns)
	if err != nil {
		return nil, err
	}
	return &lister{app: a, request: r, session: s}, nil
}

// each calls put with every row; it is overwritten for the next. needs is what the caller needs of rows
// besides what the filter needs. [render.ErrEnough] ends it early.
func (l *lister) each(needs uint32, put func(*view.Socket) error) error {
	return l.split(needs, 1, func(int) func(*view.Socket) error { return put })
}

// split is each with up to that many goroutines at work at the same time, for each of which put returns a
// function that takes its rows.
func (l *lister) split(needs uint32, workers int, put func(worker int) func(*view.Socket) error) error {
	p, err := l.plan(needs)
	if err != nil {
		return err
	}
	if err := l.resolve(needs, p); err != nil {
		return err
	}
	rows := make([]view.Socket, workers)
	matches := make([]func(*view.Socket) bool, workers)
	puts := make([]func(*view.Socket) error, workers)
	for i := range rows {
		if matches[i], err = l.matcher(i, &rows[i]); err != nil {
			return err
		}
		puts[i] = l.whole(put(i))
	}
	reachable := l.reachableOnly()
	p.Filter = func(i int) func(*inspect.Row) bool {
		row, match := &rows[i], matches[i]
		return func(r *inspect.Row) bool {
			if reachable && unreachable(r.Socket) {
				return false
			}
			if l.observe != nil {
				l.observe(r)
			}
			row.Row = r
			return match(row)
		}
	}
	err = l.session.Visit(l.ctx, p, workers, func(i int, r *inspect.Row) error {
		rows[i].Row = r
		return puts[i](&rows[i])
	})
	l.tell(l.filter.Needs)
	if errors.Is(err, render.ErrEnough) {
		return nil
	}
	return err
}

// whole makes a recording whole although no further row is used.
func (l *lister) whole(put func(*view.Socket) error) func(*view.Socket) error {
	if l.session.out == nil {
		return put
	}
	return func(row *view.Socket) error {
		if err := put(row); !errors.Is(err, render.ErrEnough) {
			return err
		}
		return nil
	}
}

// matcher prepares the row of a worker and returns the filter for it. Each has names and a filter of its own.
func (l *lister) matcher(i int, row *view.Socket) (func(*view.Socket) bool, error) {
	if l.hosts != nil {
		row.Hosts = l.hosts
	}
	if i == 0 {
		row.Names = l.names
		return l.filter.Match, nil
	}
	row.Names = &names.Names{Etc: l.etc}
	table := view.Sockets(row.Names)
	filter, err := query.Compile(&table, l.tree, l.text)
	if err != nil {
		return nil, err
	}
	return filter.Match, nil
}

// finish ends the session after a run that ended with err.
func (l *lister) finish(err error) error { return l.session.finish(err) }
