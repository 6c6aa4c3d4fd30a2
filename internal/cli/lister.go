package cli

import (
	"errors"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A lister lists the sockets of a request in an open session, once or repeatedly.
type lister struct {
	*app
	*request
	session *session
	hosts   *hosts // kept from one listing to the next
	// observe, if not nil, is called with every row before the filter.
	observe func(*inspect.Row)
	// enter, if not nil, is called with each namespace before its rows, and may narrow the queries.
	enter func(at *inspect.Place, qs []inspect.Query)
	// decides are the needs of groups and order, which determine the result besides the filter.
	decides   uint32
	undecided query.Undecided // of the last listing
	quiet     bool            // does not report what is unknown
	made      *scope          // of the replayed recording; nil = not read, or none
}

// lister opens the session of a request. The command line is valid by then: nothing is refused later.
func (a *app) lister(r *request) (*lister, error) {
	a.reach.processes = a.reach.processes || r.source.replay == "" // the owners
	s, err := a.open(&r.source, r.netns)
	if err != nil {
		return nil, err
	}
	if s.out != nil {
		r.recordScope(s.out.rec)
	}
	return &lister{app: a, request: r, session: s}, nil
}

// each calls put with every row, which is valid until put returns. needs is what the caller needs of rows in
// addition to the filter. [render.ErrEnough] ends it early.
func (l *lister) each(needs uint32, put func(*view.Socket) error) error {
	return l.split(needs, 1, func(int) func(*view.Socket) error { return put })
}

// split is each with up to the given number of goroutines; put returns a function for the rows of each.
func (l *lister) split(needs uint32, workers int, put func(worker int) func(*view.Socket) error) error {
	if err := l.readScope(); err != nil {
		return err
	}
	p, keep, err := l.plan(needs | l.made.needs())
	if err != nil {
		return err
	}
	if queries := p.Queries; l.enter != nil {
		p.Queries = func(at *inspect.Place) []inspect.Query {
			qs := queries(at)
			l.enter(at, qs)
			return qs
		}
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
			if row.Row = r; !l.made.holds(row) {
				return false
			}
			if l.observe != nil {
				l.observe(r)
			}
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

// whole reads the remaining rows so that the recording is complete.
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

// worker prepares the row of a worker and returns its filter. The first worker uses those of the request,
// others get names and a filter of their own. Building a table takes 0.1 ms: an empty filter gets none.
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

// finish ends the session after a run that returned err.
func (l *lister) finish(err error) error { return l.session.finish(err) }
