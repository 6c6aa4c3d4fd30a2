//go:build linux

package query

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// Errors of filters that are well formed.
var (
	// ErrWatch says that a filter tests a field that only a watch has, such as the age of a socket.
	ErrWatch = errors.New("the kernel does not record when a socket was created: the filter needs a watch")
	// ErrHosts says that a filter tests host names, which would need a name server.
	ErrHosts = errors.New("names of hosts are not looked up here")
)

// A Filter is a parsed filter of sockets. It does not change and may be used by several goroutines.
type Filter struct {
	text      string
	tree      *query.Node
	needs     inspect.Need
	planned   *query.Plan
	undecided *atomic.Uint64
}

// Parse parses a filter. The empty one selects all sockets of TCP and UDP; one that tests kinds selects
// those, in every state: "unix and listening". The error is an [Error] or [ErrHosts].
func Parse(text string) (*Filter, error) {
	f := &Filter{text: text, undecided: &atomic.Uint64{}}
	table := view.Sockets(&names.Names{})
	var err error
	if f.tree, err = query.Parse(&table, []string{text}); err != nil {
		return nil, public(err)
	}
	compiled, err := query.Compile(&table, f.tree, text)
	if err != nil {
		return nil, public(err)
	}
	f.needs = inspect.Need(compiled.Needs)
	if f.needs&inspect.NeedHosts != 0 {
		return nil, ErrHosts
	}
	f.planned, err = query.Sockets(&table, f.tree, &query.Selection{All: true}, f.needs)
	return f, err
}

// String returns the filter in its canonical form: "state=listening and port=8080".
func (f *Filter) String() string {
	if f.tree == nil {
		return ""
	}
	return f.tree.String()
}

// Fields returns the names of the fields that are tested, each once, in order.
func (f *Filter) Fields() (list []string) {
	for _, name := range f.tree.Fields() {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Undecided returns the number of rows that were left out so far because a tested value was unknown, such
// as the owner of another user's socket. A negated test does not select them either.
func (f *Filter) Undecided() uint64 { return f.undecided.Load() }

// interval is the time between two samples if rates are tested.
const interval = time.Second

// Plan returns the plan of a listing: its rows match, and are joined with needs and with those of the
// filter. A filter of rates samples twice, a second apart: see [inspect.Plan.Interval]. The error is
// [ErrWatch].
func (f *Filter) Plan(needs inspect.Need) (*inspect.Plan, error) {
	if f.needs&inspect.NeedWatch != 0 {
		return nil, ErrWatch
	}
	p := f.plan(needs, f.planned.Keep)
	if p.Needs&inspect.NeedRates != 0 {
		p.Interval = interval
	}
	return p, nil
}

// WatchPlan returns the plan of [inspect.Session.Watch]: it reports matching sockets, including those that
// begin or cease to match.
func (f *Filter) WatchPlan(needs inspect.Need) *inspect.Plan {
	p := f.plan(needs, f.planned.Selects)
	p.Groups = f.planned.Groups()
	if p.Groups == 0 {
		p.Ends = inspect.EndsSampled
	}
	return p
}

func (f *Filter) plan(needs inspect.Need, keep func(*inspect.Row) bool) *inspect.Plan {
	return &inspect.Plan{
		Needs:   needs | f.needs,
		Queries: func(at *inspect.Place) []inspect.Query { return f.planned.Queries(view.EnvOf(at)) },
		Filter:  func(int) func(*inspect.Row) bool { return f.matcher(keep) },
	}
}

// matcher returns a function for one goroutine. If the filter names a user that was removed since it was
// parsed, all rows are undecided.
func (f *Filter) matcher(keep func(*inspect.Row) bool) func(*inspect.Row) bool {
	row := &view.Socket{Names: &names.Names{}}
	table := view.Sockets(row.Names)
	compiled, err := query.Compile(&table, f.tree, f.text)
	return func(r *inspect.Row) bool {
		if !keep(r) {
			return false
		}
		if err != nil {
			f.undecided.Add(1)
			return false
		}
		row.Row = r
		before := compiled.Undecided.Rows
		ok := compiled.Match(row)
		if compiled.Undecided.Rows != before {
			f.undecided.Add(1)
		}
		return ok
	}
}
