//go:build linux

package inspect

import "math/bits"

// chunks is a slice that grows without being copied, of values without pointers.
type chunks[T any] struct {
	list []*[chunkLen]T
	n    uint32
}

const (
	chunkBits = 10
	chunkLen  = 1 << chunkBits
)

func (c *chunks[T]) at(i uint32) *T { return &c.list[i>>chunkBits][i&(chunkLen-1)] }

// grow adds a zero value and returns its index.
func (c *chunks[T]) grow() uint32 {
	if c.n&(chunkLen-1) == 0 && int(c.n>>chunkBits) == len(c.list) {
		c.list = append(c.list, new([chunkLen]T))
	}
	c.n++
	return c.n - 1
}

// store keeps short byte strings in large blocks. A changed string stays in place if it fits; the
// room of dropped ones is reused for others of the same size class.
type store struct {
	blocks [][]byte
	used   int // of the last block
	free   [sizeClasses][]uint32
}

// A slice is the position of a string, in units of eight bytes from the first block.
type slice struct {
	at  uint32
	len uint16
	cap uint16 // class of the room, from 1; 0 = no room
}

const (
	blockLen    = 256 << 10
	sizeClasses = 72 // of 8 bytes each up to 512, then doubling
)

// class returns the size class of a string and its room.
func class(n int) (c uint16, room int) {
	if n <= 512 {
		c = uint16(max(n-1, 0)/8) + 1
		return c, int(c) * 8
	}
	log := bits.Len(uint(n - 1)) // 10 for 513 to 1024
	return uint16(64 + log - 9), 1 << log
}

// longest is the maximum length of a string; longer ones are truncated.
const longest = 1<<16 - 1

// put stores b in place of old.
func (s *store) put(old slice, b []byte) slice {
	b = b[:min(len(b), longest)]
	c, room := class(len(b))
	if old.cap < c {
		s.drop(old)
		old = slice{at: s.room(c, room), cap: c}
	}
	old.len = uint16(len(b))
	copy(s.raw(old.at, len(b)), b)
	return old
}

// room returns a free position for a string of a class.
func (s *store) room(c uint16, room int) uint32 {
	if n := len(s.free[c]); n > 0 {
		at := s.free[c][n-1]
		s.free[c] = s.free[c][:n-1]
		return at
	}
	if len(s.blocks) == 0 || s.used+room > blockLen {
		s.blocks = append(s.blocks, make([]byte, blockLen))
		s.used = 0
	}
	at := (len(s.blocks)-1)*blockLen + s.used
	s.used += room
	return uint32(at / 8)
}

// raw returns n bytes of memory at a position.
func (s *store) raw(at uint32, n int) []byte {
	off := int(at) * 8
	block := s.blocks[off/blockLen]
	return block[off%blockLen : off%blockLen+n]
}

// bytes returns a stored string, a view.
func (s *store) bytes(at slice) []byte {
	if at.cap == 0 {
		return nil
	}
	return s.raw(at.at, int(at.len))
}

// drop frees the room of a string.
func (s *store) drop(at slice) {
	if at.cap != 0 {
		s.free[at.cap] = append(s.free[at.cap], at.at)
	}
}
