package live

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/nlstat/nlstat/pkg/render"
)

// A listing is one view: columns, and how its rows are made of a sample. It keeps what the user chose.
type listing interface {
	name() string
	// update takes the rows of a sample that belong to a process, 0 = all; frozen keeps the order of the last.
	update(s *Sample, pid int32, frozen bool)
	rows() int
	// lines draws n rows from the given one, and the header before them.
	lines(from, n, width int, color bool) (header string, list []string)
	// next sorts by the next column, flip turns the order round; order names it.
	next()
	flip()
	order() string
	// pid is the process of a row, 0 = none.
	pid(row int) int32
	key(row int) any
}

// A list is a listing of rows of one type.
type list[T any] struct {
	title   string
	cols    []render.Column[T]
	of      func(*Sample) []T
	owner   func(*T) int32
	id      func(*T) any // tells rows apart
	sort    int          // of cols
	reverse bool

	shown  []T
	widths render.Widths
}

func (l *list[T]) name() string      { return l.title }
func (l *list[T]) rows() int         { return len(l.shown) }
func (l *list[T]) pid(row int) int32 { return l.owner(&l.shown[row]) }
func (l *list[T]) key(row int) any   { return l.id(&l.shown[row]) }
func (l *list[T]) next()             { l.sort, l.reverse = (l.sort+1)%len(l.cols), false; l.arrange() }
func (l *list[T]) flip()             { l.reverse = !l.reverse; l.arrange() }
func (l *list[T]) order() string     { return l.cols[l.sort].Title }

func (l *list[T]) update(s *Sample, pid int32, frozen bool) {
	place := map[any]int{}
	if frozen {
		for i := range l.shown {
			place[l.id(&l.shown[i])] = i
		}
	}
	l.shown = l.shown[:0:0]
	for _, row := range l.of(s) {
		if pid == 0 || l.owner(&row) == pid {
			l.shown = append(l.shown, row)
		}
	}
	l.arrange()
	if !frozen {
		return
	}
	slices.SortStableFunc(l.shown, func(a, b T) int { // new rows come last
		i, known := place[l.id(&a)]
		j, also := place[l.id(&b)]
		switch {
		case known && also:
			return cmp.Compare(i, j)
		case known:
			return -1
		case also:
			return 1
		default:
			return 0
		}
	})
}

// arrange sorts the rows: amounts largest first, absent values last.
func (l *list[T]) arrange() {
	c := l.cols[l.sort]
	order := render.Order[T]{Column: c, Reverse: c.Quantity() != l.reverse}
	slices.SortStableFunc(l.shown, func(a, b T) int {
		v, w := c.Value(&a), c.Value(&b)
		return order.Compare(&v, &w)
	})
}

func (l *list[T]) lines(from, n, width int, color bool) (header string, lines []string) {
	var out bytes.Buffer
	enc := render.New(&out, l.cols, render.Options{Human: true, Color: color, Width: width, Widths: &l.widths})
	for i := from; i < min(from+n, len(l.shown)); i++ {
		_ = enc.Row(&l.shown[i]) // a buffer takes everything
	}
	_ = enc.Close() // likewise
	for line := range bytes.Lines(out.Bytes()) {
		lines = append(lines, string(bytes.TrimSuffix(line, []byte{'\n'})))
	}
	if len(lines) == 0 {
		return "", nil
	}
	return lines[0], lines[1:min(n+1, len(lines))]
}
