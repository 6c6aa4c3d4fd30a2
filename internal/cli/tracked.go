package cli

import (
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// tableTracker tracks the rows of a table that is small enough to be kept whole.
type tableTracker[R any] struct {
	watch      *view.Watch[R]
	key, facts []render.Column[R]
	seen       map[string]*tracked[R]
	round      int
	now        time.Time
	interval   time.Duration // since the previous sample, 0 at the first
	at         *tracked[R]   // the last row compared
	buf        []byte
	total      int // number of rows so far
	news, gone int // of this sample
}

// tracked is the stored state of a row.
type tracked[R any] struct {
	order           int // of appearance
	compared, shown int // last sample that had the row
	facts           []byte
	changed         bool
	row             *R
}

func newTableTracker[R any](t *view.Table[R]) *tableTracker[R] {
	named := func(keys []string) (cols []render.Column[R]) {
		for _, key := range keys {
			cols = append(cols, t.Columns[render.Find(t.Columns, key)])
		}
		return cols
	}
	return &tableTracker[R]{
		watch: &t.Watch, key: named(t.Watch.Key), facts: named(t.Watch.Facts), seen: map[string]*tracked[R]{},
	}
}

func (t *tableTracker[R]) begin(now time.Time) {
	if t.round > 0 {
		t.interval = now.Sub(t.now)
	}
	t.round++
	t.now, t.news, t.gone = now, 0, 0
}

func (t *tableTracker[R]) compare(row *R) {
	was := t.find(row)
	t.at = was
	if t.watch.Since != nil {
		t.watch.Since(row, was.row, t.interval)
	}
	t.buf = appendCells(t.buf[:0], t.facts, row)
	was.changed = was.compared > 0 && string(was.facts) != string(t.buf)
	was.facts = append(was.facts[:0], t.buf...)
	was.compared, was.row = t.round, t.watch.Keep(row)
}

// find returns the stored state of a row. Rows with equal keys are matched in order: the second of a sample
// with the second of the previous one.
func (t *tableTracker[R]) find(row *R) *tracked[R] {
	t.buf = appendCells(t.buf[:0], t.key, row)
	was := t.seen[string(t.buf)]
	for was != nil && was.compared == t.round {
		t.buf = append(t.buf, '+')
		was = t.seen[string(t.buf)]
	}
	if was == nil {
		t.total++
		was = &tracked[R]{order: t.total}
		t.seen[string(t.buf)] = was
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

func (t *tableTracker[R]) listed(*R) (change string) {
	was := t.at
	before := was.shown
	was.shown = t.round
	switch {
	case t.round == 1:
		return view.Present
	case before != t.round-1:
		t.news++
		return view.New
	case was.changed:
		return view.Changed
	default:
		return ""
	}
}

// end passes on the removed rows in order of appearance, and drops the state of rows that were not compared.
func (t *tableTracker[R]) end(gone func(*R) error) error {
	var list []*tracked[R]
	for key, was := range t.seen {
		if was.shown > 0 && was.shown == t.round-1 {
			list = append(list, was)
		}
		if was.compared != t.round {
			delete(t.seen, key)
		}
	}
	slices.SortFunc(list, func(a, b *tracked[R]) int { return a.order - b.order })
	t.gone = len(list)
	for _, was := range list {
		if err := gone(was.row); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableTracker[R]) counts() (round, added, removed int) { return t.round, t.news, t.gone }
