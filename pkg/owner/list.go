//go:build linux

package owner

// chunkSize is the number of refs in a full chunk: 64 KiB.
const chunkSize = 4096

// A list collects refs without ever copying them to grow.
type list struct {
	chunks [][]Ref
}

func (l *list) add(r Ref) {
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == cap(l.chunks[last]) {
		l.chunks = append(l.chunks, make([]Ref, 0, l.next()))
		last++
	}
	l.chunks[last] = append(l.chunks[last], r)
}

// next returns the size of the next chunk, which is smaller for small hosts.
func (l *list) next() int {
	if len(l.chunks) == 0 {
		return chunkSize / 8
	}
	return chunkSize
}

// take moves the refs of another list to l.
func (l *list) take(other *list) {
	l.chunks = append(l.chunks, other.chunks...)
	other.chunks = nil
}

func (l *list) len() int {
	n := 0
	for _, c := range l.chunks {
		n += len(c)
	}
	return n
}

// parts yields the chunks.
func (l *list) parts(yield func([]Ref) bool) {
	for _, c := range l.chunks {
		if !yield(c) {
			return
		}
	}
}
