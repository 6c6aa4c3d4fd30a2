package live

// A freeze keeps an order of rows. It has what they were sorted by instead of their places, so that freezing
// sorts nothing: only the rows on the screen are sorted, as ever.
type freeze[K comparable] struct {
	ids   []K     // of the rows, and of those that came later
	keys  []entry // likewise
	index finder[K]
	built bool // index
}

// frozen returns the present order.
func (l *list[T, K]) frozen() *freeze[K] {
	f := &freeze[K]{ids: make([]K, len(l.all)), keys: make([]entry, len(l.all))}
	for i := range l.all {
		f.ids[i], f.keys[i] = l.id(&l.all[i]), entry{absent.key, absent.more, uint32(i)}
	}
	if l.valued || l.freeze != nil { // keys do not suffice, or are numbers of another freeze
		l.need(0, len(l.perm))
		for place, e := range l.perm {
			f.keys[e.at] = entry{key: uint64(place), at: e.at}
		}
		return f
	}
	for _, e := range l.perm {
		f.keys[e.at] = e
	}
	return f
}

// number returns the number of a row; rows that were not there come last. A row is mostly the one after the
// previous.
func (f *freeze[K]) number(key K, hint int) int {
	if hint < len(f.ids) && f.ids[hint] == key {
		return hint
	}
	id := func(i int) K { return f.ids[i] }
	if !f.built {
		f.built = true
		f.index.build(len(f.ids), id)
	}
	n, known := f.index.find(key, id)
	if !known {
		n = len(f.ids)
		f.ids, f.keys = append(f.ids, key), append(f.keys, entry{absent.key, absent.more, uint32(n)})
		f.index.add(n, id)
	}
	return n
}

// compare orders rows by their numbers.
func (f *freeze[K]) compare(a, b entry) int { return compareKeys(f.keys[a.key], f.keys[b.key]) }

// full reports whether most rows are gone, where n are left.
func (f *freeze[K]) full(n int) bool {
	const some = 1 << 12
	return len(f.ids) > some+4*n
}
