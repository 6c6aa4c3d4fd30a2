//go:build linux

package diag

import (
	"context"
	"iter"

	"golang.org/x/sys/unix"
)

// maxHeld is the number of IPv6 sockets that are held back while those of IPv4 are yielded.
const maxHeld = 512

// BothFamilies lists what q selects of IPv4, then of IPv6, whatever its Family says. It promises what
// [Conn.Sockets] does, but allocates for the first few hundred IPv6 sockets of TCP.
//
// A request for one family makes the kernel walk the connections of the other, too: over 200,000
// in 27 ms. TCPDIAG_GETSOCK answers for both in one walk; few IPv6 sockets are kept until those of IPv4
// are done. Where the kernel counts many of them it is asked twice.
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

// A lister lists what a query selects.
type lister func(context.Context, *Query) iter.Seq2[*Socket, error]

// oneWalk returns how one walk answers for both families, or nil if it does not, or does not pay: the
// answer to the old request has no BPF storages, and recordings hold the new ones.
func (c *Conn) oneWalk(q *Query) lister {
	if q.Protocol != unix.IPPROTO_TCP || q.Want&HasStorage != 0 || c.nl.Replaying() || c.cfg.Record != nil {
		return nil
	}
	if c.cfg.Sources == SourcesProc {
		return nil
	}
	st, err := c.sockStat()
	switch {
	case err != nil || st.TCP6 > maxHeld: // TIME_WAIT is not in it: walkOnce counts for itself
		return nil
	case c.cfg.ReadAhead > 0 && q.divides() && st.TCPAlloc >= manySockets && kernelSince(6, 9):
		return c.apart // before, one dump at a time made progress
	}
	return c.Sockets
}

// walkOnce yields IPv4 from the only walk and IPv6 behind it: from memory or, if that was not enough,
// from a dump of its own.
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
