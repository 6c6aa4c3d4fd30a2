//go:build linux

package diag

import (
	"context"
	"iter"
)

// early are the states whose sockets the kernel sends before connections, from tables of their own
// (tcp_diag_dump).
const early = StateSet(1<<StateListen | 1<<StateBoundInactive)

// divides reports whether q is split into two requests. The table of bound ports contains those of
// all connections, too: the search for sockets that are only bound takes a tenth of the time.
func (q *Query) divides() bool { return q.states().Has(StateBoundInactive) && q.states()&^early != 0 }

// parts returns the requests for the sockets of the early states, and for the others.
func (q *Query) parts() (first, rest Query) {
	first, rest = *q, *q
	first.States, rest.States = q.states()&early, q.states()&^early
	return first, rest
}

// apart yields the same sockets as [Conn.Sockets], in the same order, by two concurrent dumps:
// connections are read ahead while another goroutine requests the preceding ones.
func (c *Conn) apart(ctx context.Context, q *Query) iter.Seq2[*Socket, error] {
	return func(yield func(*Socket, error) bool) {
		first, rest := q.parts()
		before := startAside(ctx, c, &first)
		defer before.stop()
		for s, err := range c.Sockets(ctx, &rest) {
			if !before.pass(yield) || !yield(s, err) || err != nil {
				return
			}
		}
		before.pass(yield)
	}
}

// An aside is a dump of a few sockets in a goroutine. It must be stopped.
type aside struct {
	conn    *Conn
	cancel  context.CancelFunc
	sockets chan clone
}

// A clone is a socket on its way from one goroutine to another, or an error.
type clone struct {
	s   *Socket
	err error
}

// startAside starts a dump of the sockets that q selects. It buffers at most maxHeld sockets.
func startAside(ctx context.Context, conn *Conn, q *Query) *aside {
	a := &aside{conn: conn, sockets: make(chan clone, maxHeld)}
	ctx, a.cancel = context.WithCancel(ctx)
	go a.run(ctx, q)
	return a
}

func (a *aside) run(ctx context.Context, q *Query) {
	defer close(a.sockets)
	for s, err := range a.conn.Sockets(ctx, q) {
		r := clone{err: err}
		if err == nil {
			r.s = s.Clone()
		}
		select {
		case a.sockets <- r:
		case <-ctx.Done():
			return
		}
	}
}

// pass yields the sockets that were not passed on yet. It reports whether the loop goes on.
func (a *aside) pass(yield func(*Socket, error) bool) bool {
	for r := range a.sockets {
		if !yield(r.s, r.err) || r.err != nil {
			return false
		}
	}
	return true
}

// visit is pass for the first worker of [Parallel]. A nil aside has no sockets.
func (a *aside) visit(visit func(worker int, s *Socket) error) (err error) {
	if a == nil {
		return nil
	}
	a.pass(func(s *Socket, failed error) bool {
		if err = failed; err == nil {
			err = visit(0, s)
		}
		return err == nil
	})
	return err
}

// stop ends the goroutine.
func (a *aside) stop() {
	a.cancel()
	for range a.sockets { // until it has ended
	}
}
