//go:build linux

package inspect

import (
	"bytes"
	"testing"
)

// TestStore puts and drops strings at random and compares the store with a map: nothing overlaps, and
// room is reused.
func TestStore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := seeded(seed)
		var s store
		kept, places := map[int][]byte{}, map[int]slice{}
		for step := range 20000 {
			key := r.IntN(200)
			if r.IntN(4) == 0 {
				s.drop(places[key])
				delete(kept, key)
				delete(places, key)
				continue
			}
			n := r.IntN(600)
			if r.IntN(50) == 0 {
				n = r.IntN(longest + 100)
			}
			b := bytes.Repeat([]byte{byte(step), byte(step >> 8), byte(key)}, n/3+1)[:n]
			places[key] = s.put(places[key], b)
			kept[key] = b[:min(n, longest)]
			if step%500 != 0 {
				continue
			}
			for key, want := range kept {
				if got := s.bytes(places[key]); !bytes.Equal(got, want) {
					t.Fatalf("seed %d, step %d: string %d of %d bytes is another one of %d", seed, step, key, len(want), len(got))
				}
			}
		}
		// 200 strings of 64 KiB at most are 13 MB; all that were put are 200 MB.
		if n := len(s.blocks) * blockLen; n > 24<<20 {
			t.Errorf("seed %d: %d bytes for 200 strings: room is not reused", seed, n)
		}
	}
}

// TestClass checks that a string fits the room of its class and that classes grow.
func TestClass(t *testing.T) {
	t.Parallel()
	before := uint16(1)
	for n := range longest + 1 {
		c, room := class(n)
		switch {
		case room < n, room%8 != 0, room > blockLen, int(c) >= sizeClasses, c < before, c == 0:
			t.Fatalf("%d bytes: class %d with room for %d", n, c, room)
		}
		before = c
	}
}

// TestChunks checks that values do not move while others are added.
func TestChunks(t *testing.T) {
	t.Parallel()
	var c chunks[int]
	const n = 3*chunkLen + 7
	var first *int
	for i := range n {
		at := c.grow()
		if int(at) != i || *c.at(at) != 0 {
			t.Fatalf("value %d is at %d and is %d", i, at, *c.at(at))
		}
		*c.at(at) = i
		if i == 0 {
			first = c.at(0)
		}
	}
	for i := range n {
		if got := *c.at(uint32(i)); got != i {
			t.Fatalf("value %d is %d", i, got)
		}
	}
	if c.at(0) != first {
		t.Error("the first value has moved")
	}
}
