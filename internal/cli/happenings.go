package cli

import (
	"context"
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// happenings are the events of sockets in one run of [inspect.Session.Watch]: from samples, and from the
// kernel's events of closed sockets. They are written as lines, or shown in a table.
type happenings struct {
	*app
	*output
	*request
	lister *lister
	every  time.Duration // between samples; 0 = as rarely as possible
	ends   inspect.Ends
	times  int             // samples, 0 = no limit
	only   inspect.Change  // the only change of sockets that is written; 0 = all
	now    <-chan struct{} // each value triggers a sample

	event   *inspect.Event // the current one
	filter  *query.Filter[view.Socket]
	row     view.Socket
	samples int
	lost    uint64
	missed  bool // an unknown number was lost
}

// events is the table of sockets with the fields of events.
func (h *happenings) events() view.Table[view.Socket] {
	return view.Events(h.names, func() *inspect.Event { return h.event })
}

// each calls put with every event until ctx ends, or after the given number of samples.
func (h *happenings) each(ctx context.Context, p *inspect.Plan, put func(*inspect.Event) error) error {
	for event, err := range h.lister.session.Watch(ctx, p, h.every) {
		switch {
		case err != nil && ctx.Err() != nil:
			return nil // the user ended it
		case err != nil:
			return explainNamespace(explainEnds(err))
		}
		h.event = event
		switch event.Change { //nolint:exhaustive // the others have a socket
		case inspect.ChangeSampled:
			h.samples++
			h.lister.undecided = *h.filter.Undecided
			*h.filter.Undecided = query.Undecided{}
			h.lister.tell()
		case inspect.ChangeLost:
			h.lost += event.Lost
			h.missed = h.missed || event.Lost == 0
		}
		if err := put(event); err != nil {
			return err
		}
		if h.times > 0 && h.samples == h.times {
			return nil
		}
	}
	return nil
}

// plan is the plan of the watch: needs are those of columns, decides those that the result depends on.
func (h *happenings) plan(needs, decides uint32) (*inspect.Plan, error) {
	h.row = view.Socket{Names: h.names, Hosts: h.lister.hosts}
	if err := h.lister.readScope(); err != nil {
		return nil, err
	}
	p, _, err := h.request.plan(needs | h.lister.made.needs())
	if err != nil {
		return nil, err
	}
	if h.only != inspect.ChangeNone {
		p.Queries = ownable(p.Queries)
	}
	planned, err := query.Sockets(&h.table, h.tree, h.selection.choice(), 0)
	if err != nil {
		return nil, err
	}
	if err := h.lister.confine(); err != nil {
		return nil, err
	}
	if err := h.lister.resolve(needs, p); err != nil {
		return nil, err
	}
	h.row.Hosts = h.lister.hosts
	filter, err := h.lister.worker(0, &h.row)
	if err != nil {
		return nil, err
	}
	p.Ends, p.Groups, p.Now = h.ends, planned.Groups(), h.now
	if p.Groups == 0 {
		p.Ends = inspect.EndsSampled
	}
	p.Filter = func(int) func(*inspect.Row) bool {
		return func(r *inspect.Row) bool {
			h.row.Row = r
			return planned.Selects(r) && h.lister.made.holds(&h.row) && filter.Match(&h.row)
		}
	}
	h.lister.decides, h.filter = decides, filter
	return p, nil
}

// ownable leaves out sockets without owners: on a busy host most are in TIME-WAIT.
func ownable(queries func(*inspect.Place) []inspect.Query) func(*inspect.Place) []inspect.Query {
	return func(at *inspect.Place) []inspect.Query {
		list := queries(at)
		for i := range list {
			list[i].States &^= diag.States(diag.StateTimeWait, diag.StateSynRecv, diag.StateNewSynRecv)
		}
		return slices.DeleteFunc(list, func(q inspect.Query) bool { return q.States == 0 })
	}
}

// tellLost reports the losses since its last call.
func (h *happenings) tellLost() {
	switch {
	case h.lost > 0:
		h.complain("%d events were lost: they were not read in time", h.lost)
	case h.missed:
		h.complain("events were lost: they were not read in time")
	}
	h.lost, h.missed = 0, false
}

// rated reports whether named columns change with every sample.
func (h *happenings) rated(needs uint32) bool {
	return needs&(inspect.NeedRates|inspect.NeedWatch) != 0 && h.byName()
}
