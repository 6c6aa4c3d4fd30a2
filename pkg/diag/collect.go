//go:build linux

package diag

import (
	"bytes"
	"iter"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Collect copies the sockets of a dump into a slice, for callers who want one. The sockets before an error
// are returned with it. They lie together: a caller that keeps few of many clones those. Of the messages only
// what methods of a Socket read is kept: [Socket.Message] is nil.
func Collect(seq iter.Seq2[*Socket, error]) ([]*Socket, error) {
	var k keeper
	for s, err := range seq {
		if err != nil {
			return k.all(), err
		}
		k.keep(s)
	}
	return k.all(), nil
}

// A keeper stores sockets and their messages in blocks, so that growing copies nothing.
type keeper struct {
	sockets [][]Socket
	bytes   []byte
	scratch []byte
	n       int
}

// Sizes of blocks.
const (
	firstPiece = 4
	lastPiece  = 259 // as many as 18 pages of the allocator hold, which gives large pieces out by pages of 8 KiB
	bytesPiece = 16 << 10
)

func (k *keeper) keep(s *Socket) {
	last := len(k.sockets) - 1
	if last < 0 || len(k.sockets[last]) == cap(k.sockets[last]) {
		size := min(max(k.n, firstPiece), lastPiece)
		k.sockets = append(k.sockets, make([]Socket, 0, size))
		last++
	}
	k.sockets[last] = append(k.sockets[last], *s)
	piece := k.sockets[last]
	k.own(&piece[len(piece)-1])
	k.n++
}

// own makes copies of what s shares with others.
func (k *keeper) own(s *Socket) {
	if f := s.family(); f == nil || f.viewed == 0 {
		s.message = k.clone(s.message)
	} else {
		k.scratch = s.appendViewed(k.scratch[:0], f.viewed)
		s.message, s.bare = k.clone(k.scratch), true
	}
	if a := s.attached; a != nil {
		s.attached = &attached{name: k.clone(a.name), icons: k.clone(a.icons)}
	}
}

// appendViewed appends the attributes that methods read, of those that they may read.
func (s *Socket) appendViewed(dst []byte, viewed uint32) []byte {
	if s.Has&HasTCPInfo != 0 {
		viewed &^= 1 << inetInfo // it is in TCP
	}
	attrs := s.attrs()
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return dst
		}
		if typ < 32 && viewed&(1<<typ) != 0 {
			dst = nl.AppendAttr(dst, typ, val)
		}
	}
}

// clone copies bytes into a piece.
func (k *keeper) clone(b []byte) []byte {
	switch {
	case b == nil:
		return nil
	case len(b) > bytesPiece/8:
		return bytes.Clone(b)
	case cap(k.bytes)-len(k.bytes) < len(b):
		k.bytes = make([]byte, 0, min(max(firstPiece, k.n)*len(b), bytesPiece))
	}
	at := len(k.bytes)
	k.bytes = append(k.bytes, b...)
	return k.bytes[at:len(k.bytes):len(k.bytes)]
}

// all returns the sockets in order, nil if there are none.
func (k *keeper) all() []*Socket {
	if k.n == 0 {
		return nil
	}
	list := make([]*Socket, 0, k.n)
	for _, piece := range k.sockets {
		for i := range piece {
			list = append(list, &piece[i])
		}
	}
	return list
}
