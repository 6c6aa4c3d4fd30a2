//go:build linux

package inspect

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Follow yields the rows of one table in the network namespaces of a session, until ctx ends or the loop is
// left: in each, dial opens a connection that joins groups, and rows are its watch, or its events.
//
//	for a, err := range inspect.Follow(ctx, s, link.GroupAddresses, link.Dial, (*link.Conn).WatchAddresses) {
//
// If all namespaces are selected, those that begin later are followed, too, and those that only the
// connections keep alive are left. They are searched for once a second, or as often as it takes a
// twentieth of a core.
//
// A [nl.LostError] comes with the namespace that lost events, and the loop goes on. Any other error is
// the last; when ctx ends, it is its cause. Nothing is read while the caller works on a row: a dial
// that sets EventMemory of the Config lets the kernel queue more events meanwhile.
//
// The session may be used within the loop, but not by another goroutine; its [Session.Hold] is that of
// Follow.
func Follow[C io.Closer, R any](
	ctx context.Context, s *Session, groups nl.EventGroups, dial func(*nl.Config) (C, error),
	rows func(C, context.Context) iter.Seq2[*R, error],
) iter.Seq2[Followed[R], error] {
	return func(yield func(Followed[R], error) bool) {
		f := follower[C, R]{
			session: s, groups: groups, dial: dial, rows: rows, yield: yield,
			places: map[uint64]*followedPlace{}, told: make(chan told[R]),
		}
		f.run(ctx)
	}
}

// followPause is the least interval of the search for namespaces.
const followPause = time.Second

// A follower is one loop of Follow.
type follower[C io.Closer, R any] struct {
	session *Session
	groups  nl.EventGroups
	dial    func(*nl.Config) (C, error)
	rows    func(C, context.Context) iter.Seq2[*R, error]
	yield   func(Followed[R], error) bool

	places map[uint64]*followedPlace // by inode
	told   chan told[R]
}

type followedPlace struct {
	name  string
	leave func()
}

// told is a row of a namespace, whose goroutine waits for next.
type told[R any] struct {
	row  Followed[R]
	err  error
	next chan<- struct{}
}

func (f *follower[C, R]) run(ctx context.Context) {
	defer func() {
		for _, p := range f.places {
			p.leave()
		}
	}()
	f.session.Hold(func(inode uint64) bool { return f.places[inode] != nil })
	defer f.session.Hold(nil)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for more := true; more; {
		select {
		case <-ctx.Done():
			f.yield(Followed[R]{}, context.Cause(ctx))
			return
		case t := <-f.told:
			_, lost := errors.AsType[*nl.LostError](t.err)
			more = f.yield(t.row, t.err) && (t.err == nil || lost)
			t.next <- struct{}{}
		case <-timer.C:
			began := ProcessorTime()
			more = f.update(ctx)
			if f.session.cfg.Namespaces.All {
				timer.Reset(max(followPause, 20*(ProcessorTime()-began)))
			}
		}
	}
}

// update joins new namespaces and leaves removed ones. It reports whether the loop goes on.
func (f *follower[C, R]) update(ctx context.Context) bool {
	there := map[uint64]bool{}
	err := f.session.Each(ctx, func(p *Place) error {
		there[p.Inode] = true
		if f.places[p.Inode] != nil {
			return nil
		}
		return f.join(ctx, p)
	})
	switch {
	case ctx.Err() != nil:
		return true // which ends with the cause
	case err != nil:
		f.yield(Followed[R]{}, err)
		return false
	}
	for inode, p := range f.places {
		if there[inode] {
			continue
		}
		p.leave()
		delete(f.places, inode)
		if !f.yield(Followed[R]{Netns: p.name, NetNS: inode, Gone: true}, nil) {
			return false
		}
	}
	return true
}

func (f *follower[C, R]) join(ctx context.Context, p *Place) error {
	cfg := p.Config()
	cfg.Events = f.groups
	c, err := f.dial(cfg)
	if err != nil {
		return err
	}
	at := Followed[R]{Netns: p.Name, NetNS: p.Inode}
	ctx, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { f.read(ctx, c, at) }) // each waits for the events of its own namespace
	f.places[p.Inode] = &followedPlace{p.Name, func() {
		stop()
		done.Wait()
		_ = c.Close() // nothing was written
	}}
	return nil
}

// read hands the rows of a namespace over, one by one, until ctx ends: each is overwritten by the next one.
func (f *follower[C, R]) read(ctx context.Context, c C, at Followed[R]) {
	next := make(chan struct{}, 1)
	for row, err := range f.rows(c, ctx) {
		if ctx.Err() != nil {
			return // run yields the cause
		}
		at.Row = row
		select {
		case f.told <- told[R]{at, err, next}:
		case <-ctx.Done():
			return
		}
		select {
		case <-next:
		case <-ctx.Done(): // also if the caller's code panics
			return
		}
	}
}
