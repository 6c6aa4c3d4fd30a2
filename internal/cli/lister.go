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
	// decides are the needs of what decides about rows besides the filter: groups, order.
	decides   uint32
	undecided query.Undecided // of the last listing
	quiet     bool            // says nothing of what could not be known
}

// lister opens the session of a request. Nothing is refused after that: the command line was understood.
func (a *app) lister(r *request) (*lister, error) {
	a.reach.processes = a.reach.processes || r.source.replay == "" // whose sockets they are
	s, err := a.open(&r.source, r.netns)
	if err != nil {
		return nil, err
	}
	if s.out != nil {
		r.recordScope(s.out.rec)
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
	p, keep, err := l.plan(needs)
	if err != nil {
		return err
	}
	if err := l.confine(); err != nil {
		return err
	}
	if err := l.resolve(needs, p); err != nil {
		return err
	}
	rows := make([]view.Socket, workers)
	filters := make([]*query.Filter[view.Socket], workers)
	puts := make([]func(*view.Socket) error, workers)
	for i := range rows {
		if filters[i], err = l.worker(i, &rows[i]); err != nil {
			return err
		}
		puts[i] = l.whole(put(i))
	}
	p.Filter = func(i int) func(*inspect.Row) bool {
		row, match := &rows[i], filters[i].Match
		return func(r *inspect.Row) bool {
			if !keep(r) {
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
	l.undecided = query.Undecided{}
	for _, f := range filters {
		l.undecided.Add(f.Undecided)
	}
	if !l.quiet {
		l.tell()
	}
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

// worker prepares the row of a worker and returns the filter for it. The first has those of the request,
// others names and a filter of their own. A table takes 0.1 ms to make: none is made for an empty filter.
func (l *lister) worker(i int, row *view.Socket) (*query.Filter[view.Socket], error) {
	if l.hosts != nil {
		row.Hosts = l.hosts
	}
	if i == 0 {
		row.Names = l.names
		*l.filter.Undecided = query.Undecided{}
		return l.filter, nil
	}
	row.Names = &names.Names{Etc: l.etc}
	var table view.Table[view.Socket]
	if l.tree != nil {
		table = view.Sockets(row.Names)
	}
	return query.Compile(&table, l.tree, l.text)
}

// finish ends the session after a run that ended with err.
func (l *lister) finish(err error) error { return l.session.finish(err) }
