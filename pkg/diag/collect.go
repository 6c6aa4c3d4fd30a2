//go:build linux

package diag

import (
	"bytes"
	"iter"
)

// Collect copies the sockets of a dump into a slice. Sockets before an error are returned with it. They
// share blocks of memory: a caller that keeps few of many should clone those.
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
	n       int
}

// Sizes of blocks.
const (
	firstPiece = 4
	lastPiece  = 256
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
	piece[len(piece)-1].own(k.clone)
	k.n++
}

// clone copies bytes into a block.
func (k *keeper) clone(b []byte) []byte {
	if b == nil || len(b) > bytesPiece/8 {
		return bytes.Clone(b)
	}
	if cap(k.bytes)-len(k.bytes) < len(b) {
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
