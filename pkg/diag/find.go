//go:build linux

package diag

import (
	"context"
	"errors"
	"iter"
)

// Find yields the sockets that q selects and keys identify, each once and in the order of keys. It uses
// look-ups of some microseconds each, where [Conn.Sockets] walks the whole table. The sockets are a subset
// of those of Sockets. The Socket is overwritten by the next iteration. The result of a filter that is not
// [Bytecode.Decidable] is an estimate.
//
// The kernel finds the receiver of a packet: of two TCP sockets with the same addresses and ports, one of
// them bound to an interface, as is possible with VRFs, it may find either.
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
				continue // the kernel finds an IPv4 connection for its mapped form, too
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
