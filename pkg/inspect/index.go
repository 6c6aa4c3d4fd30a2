//go:build linux

package inspect

// An index finds sockets by fingerprint: an open hash table of the numbers of their entries. It takes some
// six bytes a socket, a map forty.
type index[T any, P marked[T]] struct {
	slots []uint32 // number + 1, 0 = empty
	used  int
}

// marked is an entry that has a fingerprint.
type marked[T any] interface {
	*T
	mark() Fingerprint
}

// start returns the first slot for a fingerprint, whose bits are random.
func (x *index[T, P]) start(key Fingerprint) int {
	return int(key[0] >> 32 * uint64(len(x.slots)) >> 32)
}

// next returns the following slot.
func (x *index[T, P]) next(i int) int {
	if i++; i < len(x.slots) {
		return i
	}
	return 0
}

// get returns the number of the entry with a fingerprint.
func (x *index[T, P]) get(entries *chunks[T], key Fingerprint) (uint32, bool) {
	if x.used == 0 {
		return 0, false
	}
	for i := x.start(key); x.slots[i] != 0; i = x.next(i) {
		if n := x.slots[i] - 1; P(entries.at(n)).mark() == key {
			return n, true
		}
	}
	return 0, false
}

// add adds a new entry. The table grows by half: the number of tracked sockets rarely doubles.
func (x *index[T, P]) add(entries *chunks[T], n uint32) {
	if x.used >= len(x.slots)/5*4 {
		old := x.slots
		x.slots, x.used = make([]uint32, len(old)+len(old)/2+32), 0
		for _, slot := range old {
			if slot != 0 {
				x.put(entries, slot)
			}
		}
	}
	x.put(entries, n+1)
}

func (x *index[T, P]) put(entries *chunks[T], slot uint32) {
	i := x.start(P(entries.at(slot - 1)).mark())
	for x.slots[i] != 0 {
		i = x.next(i)
	}
	x.slots[i] = slot
	x.used++
}

// remove removes an existing entry, and moves up those behind it that would no longer be found.
func (x *index[T, P]) remove(entries *chunks[T], n uint32) {
	hole := x.start(P(entries.at(n)).mark())
	for x.slots[hole] != n+1 {
		hole = x.next(hole)
	}
	for i := x.next(hole); x.slots[i] != 0; i = x.next(i) {
		// An entry may move to the hole unless its search begins behind that.
		if home := x.start(P(entries.at(x.slots[i] - 1)).mark()); x.distance(home, i) >= x.distance(hole, i) {
			x.slots[hole] = x.slots[i]
			hole = i
		}
	}
	x.slots[hole] = 0
	x.used--
}

// distance returns the number of steps from one slot to another.
func (x *index[T, P]) distance(from, to int) int {
	if to >= from {
		return to - from
	}
	return to - from + len(x.slots)
}
