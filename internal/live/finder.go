package live

import (
	"hash/maphash"
	"math/bits"
)

// A finder finds the elements of a list by their identity. It takes some ten bytes for each, where a map
// takes forty, and it is built at once.
type finder[K comparable] struct {
	seed  maphash.Seed
	slots []uint32 // open addressing: index + 1, 0 = free
	used  int
}

// leastSlots is a power of two, as are all sizes.
const leastSlots = 16

// build enters the n elements of a list.
func (f *finder[K]) build(n int, id func(int) K) {
	if f.seed == (maphash.Seed{}) {
		f.seed = maphash.MakeSeed()
	}
	size := max(leastSlots, 1<<bits.Len(uint(2*n))) // at most half full
	if size > len(f.slots) || size < len(f.slots)/4 {
		f.slots = make([]uint32, size)
	} else {
		clear(f.slots)
	}
	f.used = 0
	for i := range n {
		f.put(i, id(i))
	}
}

// add enters the element i, which comes after the others.
func (f *finder[K]) add(i int, id func(int) K) {
	if 2*(f.used+1) > len(f.slots) {
		f.build(i+1, id)
		return
	}
	f.put(i, id(i))
}

func (f *finder[K]) put(i int, key K) {
	at := f.hash(key)
	for f.slots[at] != 0 {
		at = (at + 1) & (len(f.slots) - 1)
	}
	f.slots[at] = uint32(i + 1)
	f.used++
}

func (f *finder[K]) hash(key K) int {
	return int(maphash.Comparable(f.seed, key) & uint64(len(f.slots)-1))
}

// find returns the index of the element with this identity.
func (f *finder[K]) find(key K, id func(int) K) (int, bool) {
	if len(f.slots) == 0 {
		return 0, false
	}
	for at := f.hash(key); f.slots[at] != 0; at = (at + 1) & (len(f.slots) - 1) {
		if i := int(f.slots[at] - 1); id(i) == key {
			return i, true
		}
	}
	return 0, false
}
