package cli

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// socketFlags are the flags that select sockets.
type socketFlags struct {
	selection
	namespaces
	source
	sampling
}

// flags registers the flags of every command about sockets; source and sampling are separate.
func (s *socketFlags) flags(f *pflag.FlagSet) {
	s.selection.flags(f)
	s.namespaces.flags(f)
}

// A request is the parsed selection of sockets of a command line. It is immutable.
type request struct {
	selection selection
	netns     inspect.Selection
	source    source
	interval  time.Duration // of --rate
	watched   bool          // samples are repeated
	etc       string        // directory of services and passwd

	table  view.Table[view.Socket]
	names  *names.Names
	tree   *query.Node
	filter *query.Filter[view.Socket]
	text   string // source text of the filter
}

// errAge refuses a filter that can never match.
var errAge = errors.New("age needs --watch: the kernel does not record when a socket was created")

// request parses flags and filter into a request. It opens no file and sends no query.
func (a *app) request(s *socketFlags, args []string, watched bool) (*request, error) {
	r := &request{
		selection: s.selection, source: s.source, interval: s.interval, watched: watched, etc: a.Etc,
		names: &names.Names{Etc: a.Etc}, text: strings.Join(args, " "),
	}
	r.table = view.Sockets(r.names)
	if r.source.replay == "" {
		r.table.Exists = running
	}
	var err error
	if r.netns, err = s.namespaces.selection(); err != nil {
		return nil, err
	}
	if err := errors.Join(s.source.check(watched), s.sampling.check()); err != nil {
		return nil, err
	}
	if r.tree, err = query.Parse(&r.table, args); err != nil {
		return nil, err
	}
	if r.selection.onlyUnix() {
		r.tree = query.OrPath(r.tree)
	}
	if r.filter, err = query.Compile(&r.table, r.tree, r.text); err != nil {
		return nil, err
	}
	if _, _, err := r.plan(0); err != nil { // an unknown kind of socket
		return nil, err
	}
	if r.filter.Needs&inspect.NeedWatch != 0 && !watched {
		return nil, errAge
	}
	return r, nil
}

// defaults returns the default columns, with rates if they are sampled, the namespace if there may be
// several, host names if they are looked up, and the fields of the filter and the order.
func (r *request) defaults(table []string, resolve bool, sort string) []string {
	list := slices.Clone(table)
	if i := slices.Index(list, "remote"); resolve && i >= 0 {
		list[i] = "remote_host"
	}
	if r.interval > 0 {
		list = append(list, "send_rate", "recv_rate")
	}
	if !r.netns.Own() {
		list = append([]string{"netns"}, list...)
	}
	return r.table.Shown(list, append(r.tree.Fields(), sortFields(&r.table, sort)...)...)
}

// plan returns the plan of a session for these needs and those of the filter, and the predicate for the rows
// that flags select.
func (r *request) plan(needs uint32) (p *inspect.Plan, keep func(*inspect.Row) bool, err error) {
	needs |= r.filter.Needs
	planned, err := query.Sockets(&r.table, r.tree, r.selection.choice(), inspect.Need(needs))
	if err != nil {
		return nil, nil, err
	}
	p = &inspect.Plan{
		Needs:   inspect.Need(needs),
		Queries: func(at *inspect.Place) []inspect.Query { return planned.Queries(view.EnvOf(at)) },
	}
	if !r.watched {
		p.Interval = r.interval
		if p.Interval == 0 && needs&inspect.NeedRates != 0 {
			p.Interval = usualInterval
		}
	}
	return p, planned.Keep, nil
}
