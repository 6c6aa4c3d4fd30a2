package cli

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// socketFlags are the flags that say which sockets a command is about.
type socketFlags struct {
	selection
	namespaces
	source
	sampling
}

// flags gives a command those that every command about sockets honors; source and sampling are for some.
func (s *socketFlags) flags(f *pflag.FlagSet) {
	s.selection.flags(f)
	s.namespaces.flags(f)
}

// A request is which sockets a command line asks about. It is made once and does not change.
type request struct {
	selection selection
	netns     inspect.Selection
	source    source
	interval  time.Duration // that was asked for by --rate
	watched   bool          // samples follow each other
	etc       string        // directory of services and passwd

	table  view.Table[view.Socket]
	names  *names.Names
	tree   *query.Node
	filter *query.Filter[view.Socket]
	text   string // the filter as it was written
}

// errAge refuses a filter that nothing could match.
var errAge = errors.New("age is known only with --watch: the kernel does not keep when a socket was made")

// request makes the request of flags and a filter. Nothing is opened or asked.
func (a *app) request(s *socketFlags, args []string, watched bool) (*request, error) {
	r := &request{
		selection: s.selection, source: s.source, interval: s.interval, watched: watched, etc: a.Etc,
		names: &names.Names{Etc: a.Etc}, text: strings.Join(args, " "),
	}
	r.table = view.Sockets(r.names)
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
	if r.filter, err = query.Compile(&r.table, r.tree, r.text); err != nil {
		return nil, err
	}
	if _, _, err := r.plan(0); err != nil { // a kind of socket that there is not
		return nil, err
	}
	if r.filter.Needs&inspect.NeedWatch != 0 && !watched {
		return nil, errAge
	}
	return r, nil
}

// defaults returns the columns that are shown by default: rates where they are sampled, the namespace where
// there may be several, host names where they are looked up, and what rows are chosen or sorted by.
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

// plan returns what a session has to do for rows with these needs besides those of the filter, and what tells
// whether a row is one of those that flags select.
func (r *request) plan(needs uint32) (p *inspect.Plan, keep func(*inspect.Row) bool, err error) {
	needs |= r.filter.Needs
	planned, err := query.Sockets(&r.table, r.tree, r.selection.choice(), inspect.Need(needs))
	if err != nil {
		return nil, nil, err
	}
	p = &inspect.Plan{
		Needs:   inspect.Need(needs),
		Queries: func(at *inspect.Place) []inspect.Query { return planned.Queries(envOf(at)) },
	}
	if !r.watched {
		p.Interval = r.interval
		if p.Interval == 0 && needs&inspect.NeedRates != 0 {
			p.Interval = usualInterval
		}
	}
	return p, planned.Keep, nil
}

// envOf is what plans know of a namespace.
func envOf(p *inspect.Place) *view.Env {
	return &view.Env{Admin: p.NetAdmin(), Links: p.LinkNames, VRF: sync.OnceValue(p.HasVRF), Cgroups: p.Cgroups}
}
