package cli

import (
	"context"
	"errors"

	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// mostEnded is the largest number of ended sockets in one frame: the number of connections that end between
// two samples has no bound.
const mostEnded = 1000

// A redraw shows the sockets of each sample of a watch in a table, and those that ended since the previous
// one.
type redraw struct {
	*happenings
	screen *screen[view.Socket]
	pipe   *pipe[view.Socket] // of the current frame
	ended  int                // in the current frame
}

// run redraws until the context ends, or after the given number of samples.
func (r *redraw) run() (err error) {
	defer func() { err = errors.Join(err, r.screen.leave()) }()
	if err := r.begin(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.now = r.keys(ctx, cancel)
	plan, err := r.plan(r.pipe.needs, r.pipe.decides)
	if err != nil {
		return err
	}
	plan.Same = true
	return r.each(ctx, plan, r.take)
}

// keys returns a channel with a value for each key, or change of the terminal's size, that requests a sample.
// Other keys end the run.
func (r *redraw) keys(ctx context.Context, cancel func()) <-chan struct{} {
	events := r.screen.events()
	if events == nil {
		return nil
	}
	now := make(chan struct{}, 1)
	go func() { // the loop over events of sockets does not read keys
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-events:
				switch {
				case e.Key == "q" || e.Key == "Q":
					cancel()
				case e.Redraw:
					select {
					case now <- struct{}{}:
					default:
					}
				}
			}
		}
	}()
	return now
}

// begin begins a frame.
func (r *redraw) begin() (err error) {
	r.screen.total, r.screen.added, r.screen.removed, r.ended = 0, 0, 0, 0
	r.pipe, err = r.screen.begin()
	return err
}

// take shows an event in the frame at hand, or ends the frame.
func (r *redraw) take(e *inspect.Event) error {
	switch e.Change {
	case inspect.ChangeIdle:
		return nil
	case inspect.ChangeLost:
		return nil // a fresh sample follows
	case inspect.ChangeSampled:
		return r.draw(e)
	case inspect.ChangeRemoved, inspect.ChangeLeft, inspect.ChangeExpired:
		r.screen.removed++
		if r.screen.inGroups() { // groups are of present sockets
			return nil
		}
		if r.ended++; r.ended > mostEnded {
			return nil
		}
	case inspect.ChangeAdded:
		r.screen.added++
		r.screen.total++
	default:
		r.screen.total++
	}
	r.row.Row = e.Row
	if err := r.pipe.Row(&r.row); !errors.Is(err, render.ErrEnough) {
		return err
	}
	return nil // others are only counted
}

// draw draws the frame and begins the next one.
func (r *redraw) draw(e *inspect.Event) error {
	r.screen.now = e.Time
	if r.ended > mostEnded {
		r.notice("%d of %d sockets that ended are shown; --jsonl writes all", mostEnded, r.ended)
	}
	r.tellLost()
	if err := r.screen.draw(r.pipe); err != nil {
		return err
	}
	if term.Unread(r.screen.Stdout) {
		return &quit{exitOK}
	}
	return r.begin()
}
