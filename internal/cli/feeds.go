package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// feedQueue is the number of rows that may wait for the reader of the output; beyond, they are only counted.
const feedQueue = 8192

// feeds writes the events of a table in all selected namespaces.
type feeds[R any] struct {
	*feedCmd[R]
	session *session
	match   *query.Filter[R]
	enc     *render.Encoder[R]
	at      view.Happening // the current event

	spaces map[uint64]*feed[R] // by inode; nil = a namespace without the table
	queue  chan told[R]
	broken chan error
	lost   atomic.Uint64
	blind  atomic.Bool // an unknown number was lost

	seed  maphash.Seed
	buf   []byte
	count int // of rows written
}

// told is a row of an event.
type told[R any] struct {
	feed *feed[R]
	row  *R
	time time.Time
}

// run writes events until ctx ends.
func (s *feeds[R]) run(ctx context.Context) error {
	defer func() {
		for _, f := range s.spaces {
			s.leave(f)
		}
	}()
	s.session.Hold(func(inode uint64) bool { return s.spaces[inode] != nil })
	if err := s.join(ctx); err != nil {
		return err
	}
	var pause time.Duration
	var err error
	timer := time.NewTimer(feedPause)
	defer timer.Stop()
	for {
		select {
		case t := <-s.queue:
			err = s.write(&t)
		case err = <-s.broken:
		case <-ctx.Done():
			s.tellNoEvents(s.count)
			return s.enc.Flush()
		case <-timer.C:
			pause, err = s.again(ctx)
			timer.Reset(pause)
		}
		switch {
		case err != nil:
			return err
		case len(s.queue) > 0:
			continue
		}
		if err := s.enc.Flush(); err != nil {
			return err
		}
		if term.Unread(s.Stdout) {
			return &quit{exitOK}
		}
	}
}

// again reports losses and looks for namespaces. It returns the time of the next call: calls take a twentieth
// of a core at most.
func (s *feeds[R]) again(ctx context.Context) (pause time.Duration, err error) {
	began := inspect.ProcessorTime()
	err = s.settle(ctx)
	if err == nil && s.allNetns {
		err = s.join(ctx)
	}
	return max(feedPause, 20*(inspect.ProcessorTime()-began)), err
}

// feedPause is the interval of the search for namespaces and of reports of losses.
const feedPause = time.Second

// join follows new namespaces and leaves deleted ones.
func (s *feeds[R]) join(ctx context.Context) error {
	there := map[uint64]bool{}
	err := s.session.Each(ctx, func(p *inspect.Place) error {
		there[p.Inode] = true
		if _, known := s.spaces[p.Inode]; known {
			return nil
		}
		f, err := s.enter(ctx, p)
		if err == nil {
			s.spaces[p.Inode] = f
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		return err
	}
	for inode, f := range s.spaces {
		if err == nil && !there[inode] {
			s.leave(f)
			delete(s.spaces, inode)
		}
	}
	rep := s.session.Report()
	s.tellNamespaces(&rep)
	return nil
}

// enter starts reading the events of a namespace. It returns nil if the namespace does not have the table.
func (s *feeds[R]) enter(ctx context.Context, p *inspect.Place) (*feed[R], error) {
	names, err := newFeedNames(ctx, p)
	if err != nil {
		return nil, err
	}
	at := placeOf(p)
	at.Links = names
	f, err := s.open(p, at)
	switch {
	case errors.Is(err, errors.ErrUnsupported) && s.allNetns:
		return nil, names.Close()
	case err != nil:
		return nil, errors.Join(err, names.Close())
	}
	f.closer = append(f.closer, names)
	reading, stop := context.WithCancel(context.Background())
	f.stop = stop
	if s.mixed { // before the first event is compared
		f.known = map[string]uint64{}
		err = s.each(ctx, f, func(row *R) error { s.note(f, row); return nil })
	}
	f.done.Go(func() { names.follow(reading) })
	f.done.Go(func() { s.read(reading, f) })
	if err != nil {
		f.leave()
		return nil, err
	}
	return f, nil
}

// leave stops following a namespace.
func (s *feeds[R]) leave(f *feed[R]) {
	if f != nil {
		f.leave()
	}
}

// read queues the events of a namespace. It does not wait for the reader of the output.
func (s *feeds[R]) read(ctx context.Context, f *feed[R]) {
	for row, err := range f.events(ctx) {
		var lost *link.LostError // the same type in all packages
		switch {
		case err == nil:
			select {
			case s.queue <- told[R]{f, s.rows.Watch.Keep(row), time.Now()}:
			default:
				s.lost.Add(1)
			}
		case errors.As(err, &lost):
			s.lost.Add(lost.Count)
			s.blind.Store(s.blind.Load() || lost.Count == 0)
		case ctx.Err() == nil:
			select {
			case s.broken <- err:
			default: // there is another one
			}
		}
	}
}

// each lists the present rows of a namespace.
func (s *feeds[R]) each(ctx context.Context, f *feed[R], put func(*R) error) error {
	for row, err := range f.list(ctx) {
		switch {
		case errors.Is(err, route.ErrInterrupted), ctx.Err() != nil:
			return nil // changes during the dump arrive as events
		case err != nil:
			return err
		}
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}

// write writes an event, if it matches.
func (s *feeds[R]) write(t *told[R]) error {
	s.at = view.Happening{Time: t.time}
	s.at.Change = s.change(t.row)
	if s.mixed {
		s.at.Change = s.compare(t.feed, t.row, s.at.Change)
	}
	if s.at.Change == "" {
		return nil
	}
	return s.put(t.row)
}

func (s *feeds[R]) put(row *R) error {
	if s.selects != nil && !s.selects(row) || !s.match.Match(row) {
		return nil
	}
	s.count++
	return s.enc.Row(row)
}

// note stores a row and reports whether it was known, and unchanged.
func (s *feeds[R]) note(f *feed[R], row *R) (known, same bool) {
	s.buf = appendCells(s.buf[:0], s.facts, row)
	sum := maphash.Bytes(s.seed, s.buf)
	s.buf = appendCells(s.buf[:0], s.key, row)
	was, known := f.known[string(s.buf)]
	f.known[string(s.buf)] = sum
	return known, was == sum
}

// compare returns the change of a row of a mixed table; "" if no field has changed.
func (s *feeds[R]) compare(f *feed[R], row *R, change string) string {
	if change == view.Closed {
		s.buf = appendCells(s.buf[:0], s.key, row)
		delete(f.known, string(s.buf))
		return change
	}
	known, same := s.note(f, row)
	switch {
	case !known:
		return view.New
	case same:
		return ""
	default:
		return view.Changed
	}
}

// settle writes an event about losses, then all present rows.
func (s *feeds[R]) settle(ctx context.Context) error {
	lost, blind := s.lost.Swap(0), s.blind.Swap(false)
	if lost == 0 && !blind {
		return nil
	}
	for range len(s.queue) { // events before the dump
		t := <-s.queue
		if err := s.write(&t); err != nil {
			return err
		}
	}
	s.at = view.Happening{Change: view.Lost, Time: time.Now(), Lost: lost}
	var none R
	s.count++
	if err := s.enc.Row(&none); err != nil {
		return err
	}
	if lost > 0 {
		s.complain("%d events were lost: they were not read in time", lost)
	} else {
		s.complain("events were lost: they were not read in time")
	}
	s.at = view.Happening{Change: view.Present, Time: s.at.Time}
	for _, inode := range slices.Sorted(maps.Keys(s.spaces)) {
		f := s.spaces[inode]
		if f == nil {
			continue
		}
		clear(f.known)
		err := s.each(ctx, f, func(row *R) error {
			if s.mixed {
				s.note(f, row)
			}
			return s.put(row)
		})
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("list again after a loss: %w", err)
		}
	}
	return nil
}
