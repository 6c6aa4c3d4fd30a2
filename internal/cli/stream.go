package cli

import (
	"errors"
	"time"

	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A stream writes events of sockets, one after the other.
type stream struct {
	happenings
	length time.Duration // of the run, 0 = no limit
	fixed  []constant

	nothing *view.Socket
	enc     *render.Encoder[view.Socket]
	rows    int // written
}

// prepare determines the columns. It opens nothing.
func (s *stream) prepare() (*sheet[view.Socket], error) {
	t := s.events()
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

// run writes events until the context ends, or after the given number of samples.
func (s *stream) run(sheet *sheet[view.Socket]) (err error) {
	s.nothing = view.Nothing(s.names)
	s.enc = sheet.encoder(s.app)
	needs := render.Needs(sheet.cols)
	if s.only != inspect.ChangeNone { // samples are only for owners
		needs &= inspect.NeedOwner | inspect.NeedIface | inspect.NeedUser | inspect.NeedCgroup
	}
	plan, err := s.plan(needs, render.Needs(sheet.named))
	if err != nil {
		return err
	}
	plan.Same = s.rated(render.Needs(sheet.cols))
	ctx, cancel := s.limited(s.length)
	defer cancel()
	err = s.each(ctx, plan, s.write)
	err = flushed(s.enc, err)
	s.tellLost()
	if err == nil {
		s.tellNoEvents(s.rows)
	}
	return err
}

// tellNoEvents reports on a terminal that nothing was written.
func (a *app) tellNoEvents(rows int) {
	if rows == 0 && term.Of(a.Stdout).Is {
		a.complain("no events")
	}
}

// write writes an event.
func (s *stream) write(e *inspect.Event) error {
	switch e.Change { //nolint:exhaustive // the others have a socket
	case inspect.ChangeSampled, inspect.ChangeIdle:
		return s.rest()
	case inspect.ChangeLost:
		s.rows++
		return s.enc.Row(s.nothing)
	}
	if s.only != inspect.ChangeNone && e.Change != s.only {
		return nil
	}
	s.rows++
	s.row.Row = e.Row
	return s.enc.Row(&s.row)
}

// rest flushes the output, and ends the run if its reader is gone.
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

// explainEnds names an alternative that needs no rights.
func explainEnds(err error) error {
	if errors.Is(err, inspect.ErrEnds) {
		return errors.New("events needs CAP_NET_ADMIN in the user namespace that owns the network namespace; " +
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
