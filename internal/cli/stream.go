package cli

import (
	"errors"
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A stream writes events of sockets, one after the other.
type stream struct {
	*app
	*output
	*request
	lister *lister
	every  time.Duration // between samples; 0 = as rarely as may be
	length time.Duration // of the run, 0 = without end
	ends   inspect.Ends
	times  int            // samples, 0 = without end
	only   inspect.Change // of socket events, the only change that is written; 0 = all
	fixed  []constant

	event   *inspect.Event // the one at hand
	filter  *query.Filter[view.Socket]
	row     view.Socket
	nothing *view.Socket
	enc     *render.Encoder[view.Socket]
	samples int
	lost    uint64
	missed  bool // some were lost whose number is not known
}

// prepare settles the columns. Nothing is opened.
func (s *stream) prepare() (*sheet[view.Socket], error) {
	t := view.Events(s.names, func() *inspect.Event { return s.event })
	if !s.netns.Own() {
		t.Default = append([]string{"netns"}, t.Default...)
	}
	t.Default = t.Shown(t.Default, s.tree.Fields()...)
	columns, keys, err := constants(t.Columns, s.fixed)
	if err != nil {
		return nil, err
	}
	t.Columns = append(t.Columns, columns...)
	t.Default = append(t.Default, keys...)
	sheet, err := prepare(s.app, s.output, &t)
	if err != nil {
		return nil, err
	}
	if sheet.opts.Format, err = lines(sheet.opts.Format); err != nil {
		return nil, err
	}
	if sheet.form == nil {
		sheet.lead(&t, "event", "time")
		sheet.trail(&t, keys...)
	}
	sheet.opts.Widths = &render.Widths{}
	return sheet, nil
}

// run writes events until the context ends, or so many samples are done.
func (s *stream) run(sheet *sheet[view.Socket]) (err error) {
	s.row = view.Socket{Names: s.names, Hosts: s.lister.hosts}
	s.nothing = view.Nothing(s.names)
	s.enc = sheet.encoder(s.app)
	plan, err := s.plan(sheet)
	if err != nil {
		return err
	}
	ctx, cancel := s.limited(s.length)
	defer cancel()
	for event, err := range s.lister.session.Watch(ctx, plan, s.every) {
		if err != nil {
			if ctx.Err() != nil {
				err = nil // that is how one ends it
			}
			err = errors.Join(explainNamespace(explainEnds(err)), s.enc.Flush())
			s.tellLost()
			return err
		}
		if err := s.write(event); err != nil {
			return err
		}
		if s.times > 0 && s.samples == s.times {
			return nil
		}
	}
	return nil
}

// plan is what the session watches.
func (s *stream) plan(sheet *sheet[view.Socket]) (*inspect.Plan, error) {
	needs := render.Needs(sheet.cols)
	samples := needs&(inspect.NeedRates|inspect.NeedWatch) != 0 && s.byName()
	if s.only != inspect.Same { // samples only remember who holds what
		needs &= inspect.NeedOwner | inspect.NeedIface | inspect.NeedUser | inspect.NeedCgroup
	}
	p, _, err := s.request.plan(needs)
	if err != nil {
		return nil, err
	}
	if s.only != inspect.Same {
		p.Queries = ownable(p.Queries)
	}
	selects, err := s.selects()
	if err != nil {
		return nil, err
	}
	if err := s.lister.confine(); err != nil {
		return nil, err
	}
	if err := s.lister.resolve(needs, p); err != nil {
		return nil, err
	}
	s.row.Hosts = s.lister.hosts
	filter, err := s.lister.worker(0, &s.row)
	if err != nil {
		return nil, err
	}
	p.Ends, p.Same = s.ends, samples
	p.Filter = func(int) func(*inspect.Row) bool {
		return func(r *inspect.Row) bool {
			s.row.Row = r
			return selects(r) && filter.Match(&s.row)
		}
	}
	s.lister.decides, s.filter = render.Needs(sheet.named), filter
	return p, nil
}

// ownable leaves out what no process holds: on a busy host most of what there is are records of TIME-WAIT.
func ownable(queries func(*inspect.Place) []inspect.Query) func(*inspect.Place) []inspect.Query {
	return func(at *inspect.Place) []inspect.Query {
		list := queries(at)
		for i := range list {
			list[i].States &^= diag.States(diag.StateTimeWait, diag.StateSynRecv, diag.StateNewSynRecv)
		}
		return slices.DeleteFunc(list, func(q inspect.Query) bool { return q.States == 0 })
	}
}

// selects returns what reports whether a socket is of the kinds, families and states of the command line,
// from a sample or from an event.
func (s *stream) selects() (func(*inspect.Row) bool, error) {
	planned, err := query.Sockets(&s.table, s.tree, s.selection.choice(), 0)
	if err != nil {
		return nil, err
	}
	return planned.Selects, nil
}

// write writes an event.
func (s *stream) write(e *inspect.Event) error {
	s.event = e
	switch e.Change { //nolint:exhaustive // the others have a socket
	case inspect.Sampled:
		s.samples++
		s.lister.undecided = *s.filter.Undecided
		*s.filter.Undecided = query.Undecided{}
		s.lister.tell()
		return s.rest()
	case inspect.Idle:
		return s.rest()
	case inspect.Lost:
		s.lost += e.Lost
		s.missed = s.missed || e.Lost == 0
		return s.enc.Row(s.nothing)
	}
	if s.only != inspect.Same && e.Change != s.only {
		return nil
	}
	s.row.Row = e.Row
	return s.enc.Row(&s.row)
}

// rest writes what was gathered, and ends the run if nobody reads it.
func (s *stream) rest() error {
	if err := s.enc.Flush(); err != nil {
		return err
	}
	s.tellLost()
	if term.Unread(s.Stdout) {
		return &quit{exitOK}
	}
	return nil
}

// tellLost says what was lost since it said so last.
func (s *stream) tellLost() {
	switch {
	case s.lost > 0:
		s.complain("%d events were lost: they were not read in time", s.lost)
	case s.missed:
		s.complain("events were lost: they were not read in time")
	}
	s.lost, s.missed = 0, false
}

// explainEnds says what works without the rights.
func explainEnds(err error) error {
	if errors.Is(err, inspect.ErrEnds) {
		return errors.New("events needs CAP_NET_ADMIN, in the user namespace of the network namespace; " +
			"nlstat --watch --jsonl samples without it")
	}
	return err
}

// streamEvents opens the session of a stream and runs it.
func (a *app) streamEvents(s *stream) (err error) {
	sheet, err := s.prepare()
	if err != nil {
		return err
	}
	if s.lister, err = a.lister(s.request); err != nil {
		return explainNamespace(err)
	}
	defer func() { err = s.lister.finish(err) }()
	return s.run(sheet)
}
