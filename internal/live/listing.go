package live

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A listing is one view: its columns, its rows of a sample, and the choices of the user.
type listing interface {
	name() string
	// update takes the rows of the scene's sample; frozen keeps the previous order.
	update(frozen bool)
	rows() int
	// lines draws the header and n rows from the given one on.
	lines(from, n, width int, color bool) (header string, list []string)
	// next sorts by the next column, flip reverses the order; order names it.
	next()
	flip()
	order() string
	// sortAt sorts by the column whose header is at a cell, or reverses its order.
	sortAt(cell int)
	// columns names the shown columns, choose sets them.
	columns() string
	choose(keys string) error
	// row returns a row, a pointer to one of the sample; find the place of the row with a key, -1 for none.
	row(at int) any
	key(at int) any
	find(key any) int
	// export writes the rows as JSON Lines.
	export(w io.Writer, at time.Time) error
}

// A list is a listing of rows of one type, identified by a key.
type list[T any, K comparable] struct {
	title  string
	cols   []render.Column[T]
	hidden []string // keys of columns that are not shown by default
	// adapt changes a column to the choices of the user, and reports whether it is there; nil = none changes.
	adapt   func(*render.Column[T]) bool
	of      func() []T
	keep    func(*T) bool // nil = all rows
	id      func(*T) K
	sort    string // key of a column
	reverse bool

	shown  []render.Column[T]
	room   room
	all    []T
	perm   []entry // the kept rows, sorted from..to-1
	from   int
	to     int
	valued bool       // some values have more than fits keys
	freeze *freeze[K] // nil = the order is not frozen
	header string
	widths render.Widths
}

func (l *list[T, K]) name() string { return l.title }
func (l *list[T, K]) rows() int    { return len(l.perm) }

func (l *list[T, K]) row(at int) any { return l.at(at) }
func (l *list[T, K]) key(at int) any { return l.id(l.at(at)) }

func (l *list[T, K]) at(i int) *T {
	l.need(i, i+1)
	return &l.all[l.perm[i].at]
}

func (l *list[T, K]) update(frozen bool) {
	if !frozen {
		l.freeze = nil
	}
	l.all = l.of() // the memory of older samples is reused
	l.perm = slices.Grow(l.perm[:0], len(l.all))
	for i := range l.all {
		if l.keep == nil || l.keep(&l.all[i]) {
			l.perm = append(l.perm, entry{at: uint32(i)})
		}
	}
	l.arrange()
	if frozen && (l.freeze == nil || l.freeze.full(len(l.all))) {
		l.freeze = l.frozen()
		l.arrange()
	}
}

// arrange starts another order. Rows are sorted when they are needed.
func (l *list[T, K]) arrange() {
	l.from, l.to, l.valued = 0, 0, false
	if l.freeze != nil {
		hint := 0
		for i := range l.perm {
			e := &l.perm[i]
			n := l.freeze.number(l.id(&l.all[e.at]), hint)
			e.key, e.more, hint = uint64(n), 0, n+1
		}
		return
	}
	c := l.sorting()
	down := c.Quantity() != l.reverse
	for i := range l.perm {
		e := &l.perm[i]
		v := c.Value(&l.all[e.at])
		if v.Kind() == render.KindNone {
			e.key, e.more = absent.key, absent.more
			continue
		}
		var exact bool
		e.key, e.more, exact = v.Prefix()
		l.valued = l.valued || !exact
		if down {
			e.key, e.more = ^e.key, ^e.more
		}
		if e.same(absent) { // 0, which comes before no value
			e.more--
		}
	}
}

func (l *list[T, K]) sorting() *render.Column[T] { return &l.cols[max(0, render.Find(l.cols, l.sort))] }

// compare orders two rows: by their keys, then by their values if those have more, then as the kernel has
// them.
func (l *list[T, K]) compare() func(a, b entry) int {
	if l.freeze != nil {
		return l.freeze.compare
	}
	if !l.valued {
		return compareKeys
	}
	c := l.sorting()
	order := render.Order[T]{Column: *c, Reverse: c.Quantity() != l.reverse}
	return func(a, b entry) int {
		if a.same(b) && !a.same(absent) {
			v, w := c.Value(&l.all[a.at]), c.Value(&l.all[b.at])
			if n := order.Compare(&v, &w); n != 0 {
				return n
			}
		}
		return compareKeys(a, b)
	}
}

// need sorts the rows from..to-1.
func (l *list[T, K]) need(from, to int) {
	if from >= l.from && to <= l.to {
		return
	}
	const more = 128 // rows around, so that moving by one needs no sorting
	l.from, l.to = max(0, from-more), min(len(l.perm), to+more)
	choose(l.perm, l.from, l.to, l.compare())
}

func (l *list[T, K]) find(key any) int {
	id, ok := key.(K)
	if !ok {
		return -1
	}
	row := l.index(id)
	at := slices.IndexFunc(l.perm, func(e entry) bool { return int(e.at) == row })
	if at < 0 || at >= l.from && at < l.to {
		return at
	}
	compare, place, found := l.compare(), 0, l.perm[at]
	for _, e := range l.perm {
		if compare(e, found) < 0 {
			place++
		}
	}
	return place
}

// index returns where a row is in the sample, -1 if it is not.
func (l *list[T, K]) index(id K) int {
	for i := range l.all {
		if l.id(&l.all[i]) == id {
			return i
		}
	}
	return -1
}

// next goes through the columns for which there is room.
func (l *list[T, K]) next() {
	cols := l.present()
	at := render.Find(cols, l.sort)
	for range cols {
		if at = (at + 1) % len(cols); l.room.has(cols[at].Key) {
			break
		}
	}
	l.by(cols[at].Key, false)
}

// present returns the shown columns as they are drawn.
func (l *list[T, K]) present() []render.Column[T] {
	cols := slices.Clone(l.shown)
	if l.adapt == nil {
		return cols
	}
	adapted := cols[:0]
	for i := range cols {
		if l.adapt(&cols[i]) {
			adapted = append(adapted, cols[i])
		}
	}
	return adapted
}

func (l *list[T, K]) flip() { l.by(l.sort, !l.reverse) }

func (l *list[T, K]) by(key string, reverse bool) {
	if l.sort != key {
		l.widths = render.Widths{} // the mark takes a cell
	}
	l.sort, l.reverse = key, reverse
	if l.freeze == nil {
		l.arrange()
	}
}

func (l *list[T, K]) order() string {
	c := *l.sorting()
	if l.adapt != nil {
		_ = l.adapt(&c) // only its title is needed
	}
	return c.Title
}

// sortAt finds the column whose title is drawn at a cell or next to it.
func (l *list[T, K]) sortAt(cell int) {
	best, least := "", 3
	for i, cols := 0, l.present(); i < len(cols); i++ {
		c := &cols[i]
		at := strings.Index(l.header+" ", c.Title+" ")
		if at < 0 {
			continue
		}
		if off := max(at-cell, cell-at-len(c.Title)+1, 0); off < least {
			best, least = c.Key, off
		}
	}
	switch best {
	case "":
	case l.sort:
		l.flip()
	default:
		l.by(best, false)
	}
}

func (l *list[T, K]) columns() string {
	keys := make([]string, len(l.shown))
	for i := range l.shown {
		keys[i] = l.shown[i].Key
	}
	return strings.Join(keys, ",")
}

func (l *list[T, K]) choose(keys string) error {
	var shown []render.Column[T]
	for key := range strings.SplitSeq(keys, ",") {
		i := render.Find(l.cols, strings.TrimSpace(key))
		if i < 0 {
			return fmt.Errorf("no column %q; there are %s", strings.TrimSpace(key), l.known())
		}
		shown = append(shown, l.cols[i])
	}
	l.shown, l.widths, l.room = shown, render.Widths{}, room{values: l.room.values}
	return nil
}

func (l *list[T, K]) known() string {
	keys := make([]string, len(l.cols))
	for i := range l.cols {
		keys[i] = l.cols[i].Key
	}
	return strings.Join(keys, ",")
}

// standard shows the columns that are not hidden.
func (l *list[T, K]) standard() *list[T, K] {
	for i := range l.cols {
		if !slices.Contains(l.hidden, l.cols[i].Key) {
			l.shown = append(l.shown, l.cols[i])
		}
	}
	return l
}

func (l *list[T, K]) lines(from, n, width int, color bool) (header string, lines []string) {
	to := min(from+n, len(l.perm))
	l.need(from, to)
	var out bytes.Buffer
	l.weigh(l.perm[from:to])
	cols := l.marked(width)
	enc := render.New(&out, cols, render.Options{
		Human: true, Color: color, Width: width, Widths: &l.widths, Page: 64 << 10,
	})
	for _, e := range l.perm[from:to] {
		_ = enc.Row(&l.all[e.at]) // writes to a buffer do not fail
	}
	_ = enc.Close() // likewise
	if to > from {
		drawn(&l.room, width, cols, enc.LeftOut())
	}
	for line := range bytes.Lines(out.Bytes()) {
		lines = append(lines, string(bytes.TrimSuffix(line, []byte{'\n'})))
	}
	if len(lines) == 0 {
		return "", nil
	}
	l.header = unmarked.Replace(plain(lines[0]))
	return lines[0], lines[1:min(n+1, len(lines))]
}

// Marks of the sorted column, and what replaces them where cells are counted in bytes.
const (
	markDown = "▼"
	markUp   = "▲"
)

var unmarked = strings.NewReplacer(markDown, " ", markUp, " ")

// marked returns the shown columns with a mark on the sorted one, for which other columns are left out on a
// narrow terminal.
func (l *list[T, K]) marked(width int) []render.Column[T] {
	cols := l.present()
	at := render.Find(cols, l.sort)
	for i := range cols {
		switch c := &cols[i]; {
		case i == at:
			c.Fit.Drop = render.DropLast
		case c.Fit.Drop > 0:
			c.Fit.Drop += 1 + l.room.rank(c.Key, width)
		case c.Right: // numbers, before names
			c.Fit.Drop = 1
		}
	}
	if at < 0 {
		return cols
	}
	c := &cols[at]
	if c.Quantity() != l.reverse {
		c.Title += markDown
	} else {
		c.Title += markUp
	}
	return cols
}

// weigh looks which columns have values in some rows.
func (l *list[T, K]) weigh(rows []entry) {
	for i := range l.shown {
		c := &l.shown[i]
		if c.Fit.Drop <= 0 {
			continue
		}
		for _, e := range rows {
			v := c.Value(&l.all[e.at])
			if l.room.weigh(c.Key, &v); l.room.values[c.Key] == something {
				break
			}
		}
	}
}

// export writes the shown rows in their order, with the time of their sample and the view.
func (l *list[T, K]) export(w io.Writer, at time.Time) error {
	l.need(0, len(l.perm))
	title := strings.ToLower(l.title)
	cols := append([]render.Column[T]{
		{Key: "time", Kind: render.KindTime, Value: func(*T) render.Value { return render.At(at) }},
		{Key: "view", Kind: render.KindString, Value: func(*T) render.Value { return render.Name(title) }},
	}, l.cols...)
	enc := render.New(w, cols, render.Options{Format: render.FormatJSONL})
	for _, e := range l.perm {
		if err := enc.Row(&l.all[e.at]); err != nil {
			return err
		}
	}
	return enc.Close()
}
