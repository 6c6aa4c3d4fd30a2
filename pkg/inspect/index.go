package inspect

// An index finds tracked sockets by fingerprint: an open hash table of their numbers, some six bytes a
// socket, where a map with the fingerprints takes forty.
type index struct {
	slots []uint32 // number + 1, 0 = empty
	used  int
}

// start is where the search for a fingerprint begins. Fingerprints are random.
func (x *index) start(key Fingerprint) int {
	return int(key[0] >> 32 * uint64(len(x.slots)) >> 32)
}

// next is the slot behind one.
func (x *index) next(i int) int {
	if i++; i < len(x.slots) {
		return i
	}
	return 0
}

// get returns the number of the entry with a fingerprint.
func (x *index) get(entries *chunks[tracked], key Fingerprint) (uint32, bool) {
	if x.used == 0 {
		return 0, false
	}
	for i := x.start(key); x.slots[i] != 0; i = x.next(i) {
		if n := x.slots[i] - 1; entries.at(n).key == key {
			return n, true
		}
	}
	return 0, false
}

// add adds an entry that is not there. It grows by half: what is tracked rarely doubles.
func (x *index) add(entries *chunks[tracked], n uint32) {
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

func (x *index) put(entries *chunks[tracked], slot uint32) {
	i := x.start(entries.at(slot - 1).key)
	for x.slots[i] != 0 {
		i = x.next(i)
	}
	x.slots[i] = slot
	x.used++
}

// remove removes an entry that is there, and moves those behind it up that would not be found any more.
func (x *index) remove(entries *chunks[tracked], n uint32) {
	hole := x.start(entries.at(n).key)
	for x.slots[hole] != n+1 {
		hole = x.next(hole)
	}
	for i := x.next(hole); x.slots[i] != 0; i = x.next(i) {
		// It may move to the hole unless its search begins behind it.
		if home := x.start(entries.at(x.slots[i] - 1).key); x.distance(home, i) >= x.distance(hole, i) {
			x.slots[hole] = x.slots[i]
			hole = i
		}
	}
	x.slots[hole] = 0
	x.used--
}

// distance is how many steps lead from one slot to another.
func (x *index) distance(from, to int) int {
	if to >= from {
		return to - from
	}
	return to - from + len(x.slots)
}
