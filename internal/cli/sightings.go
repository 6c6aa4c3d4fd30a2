package cli

import (
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// sightings remember every row of a table from one look to the next, which bounds their memory, and say
// what has become of each.
type sightings[R any] struct {
	watch      *view.Watch[R]
	key, facts []render.Column[R]
	seen       map[string]*sighting[R]
	round      int
	now        time.Time
	interval   time.Duration // since the look before, 0 at the first
	at         *sighting[R]  // the row that was met last
	buf        []byte
	came       int // rows ever
	news, gone int // of this look
}

// A sighting is what is remembered of a row.
type sighting[R any] struct {
	order        int // of the first sight
	met, matched int // in which round for the last time
	facts        []byte
	changed      bool
	row          *R
}

func newSightings[R any](t *view.Table[R]) *sightings[R] {
	named := func(keys []string) (cols []render.Column[R]) {
		for _, key := range keys {
			cols = append(cols, t.Columns[render.Find(t.Columns, key)])
		}
		return cols
	}
	return &sightings[R]{
		watch: &t.Watch, key: named(t.Watch.Key), facts: named(t.Watch.Facts), seen: map[string]*sighting[R]{},
	}
}

// begin begins a look.
func (s *sightings[R]) begin(now time.Time) {
	if s.round > 0 {
		s.interval = now.Sub(s.now)
	}
	s.round++
	s.now, s.news, s.gone = now, 0, 0
}

// meet compares a row with what is remembered of it, gives it its rates and remembers it.
func (s *sightings[R]) meet(row *R) {
	was := s.find(row)
	s.at = was
	if s.watch.Since != nil {
		s.watch.Since(row, was.row, s.interval)
	}
	s.buf = appendCells(s.buf[:0], s.facts, row)
	was.changed = was.met > 0 && string(was.facts) != string(s.buf)
	was.facts = append(was.facts[:0], s.buf...)
	was.met, was.row = s.round, s.watch.Keep(row)
}

// find returns what is remembered of a row. Of rows that the key does not tell apart, the second of one
// look is the second of the look before.
func (s *sightings[R]) find(row *R) *sighting[R] {
	s.buf = appendCells(s.buf[:0], s.key, row)
	was := s.seen[string(s.buf)]
	for was != nil && was.met == s.round {
		s.buf = append(s.buf, '+')
		was = s.seen[string(s.buf)]
	}
	if was == nil {
		s.came++
		was = &sighting[R]{order: s.came}
		s.seen[string(s.buf)] = was
	}
	return was
}

func appendCells[R any](dst []byte, cols []render.Column[R], row *R) []byte {
	for i := range cols {
		v := cols[i].Value(row)
		dst = append(v.AppendJSON(dst), ',')
	}
	return dst
}

// match says what has become of the row that was met last, which is one of those that are listed.
func (s *sightings[R]) match() (change string) {
	was := s.at
	before := was.matched
	was.matched = s.round
	switch {
	case s.round == 1:
		return view.Present
	case before != s.round-1:
		s.news++
		return view.New
	case was.changed:
		return view.Changed
	default:
		return ""
	}
}

// end returns the rows that were listed at the look before and are not any more, in the order in which they
// came, and forgets those that were not met.
func (s *sightings[R]) end() (closed []*R) {
	var gone []*sighting[R]
	for key, was := range s.seen {
		if was.matched > 0 && was.matched == s.round-1 {
			gone = append(gone, was)
		}
		if was.met != s.round {
			delete(s.seen, key)
		}
	}
	slices.SortFunc(gone, func(a, b *sighting[R]) int { return a.order - b.order })
	for _, was := range gone {
		closed = append(closed, was.row)
	}
	s.gone = len(closed)
	return closed
}
