//go:build linux

package diag

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"
)

// maxHeld is the number of IPv6 sockets that are held back while those of IPv4 are yielded.
const maxHeld = 512

// BothFamilies lists the IPv4 sockets that q selects, then the IPv6 ones; q.Family is ignored. It is
// like [Conn.Sockets], but allocates memory for the first few hundred IPv6 sockets of TCP.
//
// A request for one family makes the kernel walk the connections of the other, too: 200,000 of them in
// 27 ms. TCPDIAG_GETSOCK returns both in one walk, and a few IPv6 sockets are held back until all of
// IPv4 are yielded. If there are many, two requests are sent.
func (c *Conn) BothFamilies(ctx context.Context, q *Query) iter.Seq2[*Socket, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Socket, error) bool) {
		both := *q
		if list := c.oneWalk(q); list != nil {
			c.walkOnce(ctx, &both, list, yield)
			return
		}
		for _, both.Family = range [...]uint8{unix.AF_INET, unix.AF_INET6} {
			for s, err := range c.Sockets(ctx, &both) {
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
}

// A lister lists the sockets that a query selects.
type lister func(context.Context, *Query) iter.Seq2[*Socket, error]

// oneWalk returns a lister of both families in one walk, or nil if that is impossible or slower: the
// reply to the old request has no BPF storages, and recordings have replies to the new one.
func (c *Conn) oneWalk(q *Query) lister {
	if q.Protocol != unix.IPPROTO_TCP || q.Want&HasStorage != 0 || c.nl.Replaying() || c.cfg.Record != nil {
		return nil
	}
	if c.cfg.Sources == SourcesProc {
		return nil
	}
	st, err := c.sockStat()
	switch {
	case err != nil || st.TCP6 > maxHeld: // TIME_WAIT is not counted: walkOnce checks again
		return nil
	case c.cfg.ReadAhead > 0 && q.divides() && st.TCPAlloc >= manySockets && kernelSince(6, 9):
		return c.apart // before Linux 6.9 a lock allowed one dump at a time
	}
	return c.Sockets
}

// walkOnce yields IPv4 during one walk and IPv6 after it: from memory or, if there were too many, from
// a second dump.
func (c *Conn) walkOnce(ctx context.Context, q *Query, list lister, yield func(*Socket, error) bool) {
	q.Legacy = true
	var held []*Socket
	many := false
	for s, err := range list(ctx, q) {
		switch {
		case err != nil || s.Family != unix.AF_INET6:
			if !yield(s, err) || err != nil {
				return
			}
		case len(held) == maxHeld:
			many = true
		default:
			held = append(held, s.Clone())
		}
	}
	if many {
		q.Legacy, q.Family = false, unix.AF_INET6
		for s, err := range c.Sockets(ctx, q) {
			if !yield(s, err) || err != nil {
				return
			}
		}
		return
	}
	for _, s := range held {
		if !yield(s, nil) {
			return
		}
	}
}
