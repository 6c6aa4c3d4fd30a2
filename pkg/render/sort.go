package render

import (
	"cmp"
	"slices"
)

// A Writer takes rows one by one: an [Encoder], a [Sorter] in front of one, a [Grouper].
type Writer[T any] interface {
	// Row takes one row and does not keep it.
	Row(row *T) error
	// Close ends the rows.
	Close() error
}

// An Order is one column to sort by.
type Order[T any] struct {
	Column  Column[T]
	Reverse bool // largest first; absent values are last in either direction
}

// Compare orders two values of the column.
func (o *Order[T]) Compare(a, b *Value) int {
	switch {
	case a.kind == KindNone && b.kind == KindNone:
		return 0
	case a.kind == KindNone:
		return 1
	case b.kind == KindNone:
		return -1
	case o.Reverse:
		return b.Compare(a)
	default:
		return a.Compare(b)
	}
}

// A Sorter buffers encoded rows and writes them in order. With a limit it keeps no more rows than
// that; without, all of them.
type Sorter[T any] struct {
	enc   *Encoder[T]
	order []Order[T]
	limit int
	soft  int // stop sorting beyond this many rows; 0 = never
	seq   int
	recs  []*record // a heap with the last of them on top if there is a limit
	probe record
}

// A record is a buffered row.
type record struct {
	keys []Value
	text []byte // memory of the keys
	enc  []byte
	seq  int
}

// Sort returns a writer that passes the first limit rows by order on to enc; 0 is no limit.
func Sort[T any](enc *Encoder[T], order []Order[T], limit int) *Sorter[T] {
	return &Sorter[T]{enc: enc, order: order, limit: limit}
}

// SortSome returns a writer that sorts up to most rows. If there are more, it writes the first ones
// in order and the others unsorted, so that its memory is limited.
func SortSome[T any](enc *Encoder[T], order []Order[T], most int) *Sorter[T] {
	return &Sorter[T]{enc: enc, order: order, soft: most}
}

// Row takes one row.
func (s *Sorter[T]) Row(row *T) error {
	if s.soft > 0 && s.seq >= s.soft { // the limit is reached
		if err := s.release(); err != nil {
			return err
		}
		return s.enc.Row(row)
	}
	s.seq++
	s.probe.keys, s.probe.text = s.probe.keys[:0], s.probe.text[:0]
	for i := range s.order {
		v := s.order[i].Column.Value(row)
		if v.kind == KindObjects || v.text != nil { // a view that the next column may overwrite
			v, s.probe.text = v.keep(s.probe.text)
		}
		s.probe.keys = append(s.probe.keys, v)
	}
	s.probe.seq = s.seq
	if s.limit <= 0 || len(s.recs) < s.limit {
		r := &record{}
		s.fill(r, row)
		s.recs = append(s.recs, r)
		s.up(len(s.recs) - 1)
		return nil
	}
	if s.compare(&s.probe, s.recs[0]) < 0 {
		s.fill(s.recs[0], row)
		s.down()
	}
	return nil
}

// fill sets r to the row whose keys are in probe.
func (s *Sorter[T]) fill(r *record, row *T) {
	r.keys, r.text, r.seq = r.keys[:0], r.text[:0], s.probe.seq
	for i := range s.probe.keys {
		var v Value
		v, r.text = s.probe.keys[i].keep(r.text)
		r.keys = append(r.keys, v)
	}
	r.enc = s.enc.encode(r.enc[:0], row)
}

// Close writes the rows and closes the encoder.
func (s *Sorter[T]) Close() error {
	if err := s.release(); err != nil {
		return err
	}
	return s.enc.Close()
}

// release writes the buffered rows.
func (s *Sorter[T]) release() error {
	slices.SortFunc(s.recs, s.compare)
	for _, r := range s.recs {
		if err := s.enc.encoded(r.enc); err != nil {
			return err
		}
	}
	s.recs = nil
	return nil
}

// compare orders records; equal ones keep their order.
func (s *Sorter[T]) compare(a, b *record) int {
	for i := range s.order {
		if c := s.order[i].Compare(&a.keys[i], &b.keys[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.seq, b.seq)
}

// up restores the heap after an append. Without a limit there is no heap.
func (s *Sorter[T]) up(i int) {
	for s.limit > 0 && i > 0 {
		parent := (i - 1) / 2
		if s.compare(s.recs[i], s.recs[parent]) <= 0 {
			return
		}
		s.recs[i], s.recs[parent] = s.recs[parent], s.recs[i]
		i = parent
	}
}

// down restores the heap after its top was replaced.
func (s *Sorter[T]) down() {
	for i := 0; ; {
		last := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s.recs); child++ {
			if s.compare(s.recs[child], s.recs[last]) > 0 {
				last = child
			}
		}
		if last == i {
			return
		}
		s.recs[i], s.recs[last] = s.recs[last], s.recs[i]
		i = last
	}
}

// A Header passes the first rows on and drops the others.
type Header[T any] struct {
	next  Writer[T]
	limit int
}

// Head returns a writer that passes limit rows on. Then Row returns [ErrEnough].
func Head[T any](next Writer[T], limit int) *Header[T] {
	return &Header[T]{next: next, limit: limit}
}

// Row takes one row.
func (h *Header[T]) Row(row *T) error {
	if h.limit <= 0 {
		return ErrEnough
	}
	h.limit--
	return h.next.Row(row)
}

// Close closes the next writer.
func (h *Header[T]) Close() error { return h.next.Close() }
