package diag

import (
	"context"
	"iter"
)

// early are the states whose sockets the kernel sends before those of connections, from tables of their
// own (tcp_diag_dump).
const early = StateSet(1<<StateListen | 1<<StateBoundInactive)

// goesApart reports whether a walk over TCP's tables is worth two questions: the table of bound ports
// holds the ports of all connections, too, and takes a tenth of the time to search for those that are
// only bound. A caller who does not want goroutines reads nothing ahead.
func (c *Conn) goesApart(q *Query, st *SockStat) bool {
	states := q.states()
	return c.cfg.ReadAhead > 0 && states.Has(StateBoundInactive) && states&^early != 0 &&
		st.TCPAlloc >= manySockets
}

// apart lists what [Conn.Sockets] does, in the same order, by two dumps at once: listeners and bound
// sockets on c itself, connections on a Conn of their own, which reads them ahead meanwhile.
func (c *Conn) apart(ctx context.Context, q *Query) iter.Seq2[*Socket, error] {
	return func(yield func(*Socket, error) bool) {
		other, err := Dial(&c.cfg)
		if err != nil {
			yield(nil, err)
			return
		}
		defer other.Close() //nolint:errcheck // nothing was written
		ctx, cancel := context.WithCancel(ctx)
		first, rest := *q, *q
		first.States, rest.States = q.states()&early, q.states()&^early
		ahead := c.clones(ctx, &first)
		defer func() {
			cancel()
			for range ahead { // c is free again when its dump has ended
			}
			c.stats.add(&other.stats)
		}()
		pass := func() bool {
			for r := range ahead {
				if !yield(r.s, r.err) || r.err != nil {
					return false
				}
			}
			return true
		}
		for s, err := range other.Sockets(ctx, &rest) {
			if !pass() || !yield(s, err) || err != nil {
				return
			}
		}
		pass()
	}
}

// A clone is a socket on its way from one goroutine to another, or an error.
type clone struct {
	s   *Socket
	err error
}

// clones starts a goroutine that lists what q selects, which is little, and closes the channel behind it.
func (c *Conn) clones(ctx context.Context, q *Query) <-chan clone {
	ahead := make(chan clone, maxHeld)
	go func() {
		defer close(ahead)
		for s, err := range c.Sockets(ctx, q) {
			r := clone{err: err}
			if err == nil {
				r.s = s.Clone()
			}
			select {
			case ahead <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ahead
}
