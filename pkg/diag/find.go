//go:build linux

package diag

import (
	"context"
	"errors"
	"iter"
)

// Find yields those of the sockets that q selects which keys name, in the order of keys and each once, by
// look-ups: some microseconds each, where [Conn.Sockets] would walk over the whole table. What it yields is
// what Sockets would; it is all of it if keys name all that q selects. The Socket is overwritten by the next
// iteration. A program that is not [Bytecode.Decidable] is judged by guess.
//
// The kernel looks for the receiver of a packet: of two TCP sockets with the same addresses and ports, one
// bound to an interface and one not, it may find either. That takes overlapping networks (VRF).
//
// Without the diag module nothing is found, and there is no error.
func (c *Conn) Find(ctx context.Context, q *Query, keys []Key) iter.Seq2[*Socket, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Socket, error) bool) {
		r := c.begin()
		defer c.end(r)
		if err := q.verify(); err != nil {
			yield(nil, err)
			return
		}
		var seen []uint64
		for i := range keys {
			s, err := r.lookup(ctx, q, &keys[i])
			switch {
			case errors.Is(err, ErrNotFound):
				continue
			case err != nil:
				yield(nil, err)
				return
			case s.Family != q.Family || !q.selects(s) || contains(seen, s.Cookie):
				continue // an IPv4 connection is found in its mapped form, too
			}
			seen = append(seen, s.Cookie)
			if !yield(s, nil) {
				return
			}
		}
	}
}

// contains reports whether a cookie is in the list. Old kernels have no cookies.
func contains(list []uint64, cookie uint64) bool {
	for _, c := range list {
		if c == cookie && c != 0 {
			return true
		}
	}
	return false
}
