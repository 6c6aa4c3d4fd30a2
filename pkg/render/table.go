package render

import (
	"encoding/binary"
	"io"
	"unicode/utf8"
)

// The table encodes a row as its cells, each with a header of 8 bytes: the length of the text, then
// its width in terminal cells with the style in the top byte. The layout pads them later, when the
// widths of the page are known.
const (
	cellHeader = 8
	styleShift = 24
	maxWidth   = 1<<styleShift - 1
)

// tableForm makes forms of a row as cells.
func tableForm[T any](cols []Column[T], o Options) func() form[T] {
	return func() form[T] { return (&tableRows[T]{cols: cols, human: o.Human, color: o.Color}).encode }
}

type tableRows[T any] struct {
	cols         []Column[T]
	raw          []byte
	human, color bool
}

func (t *tableRows[T]) encode(dst []byte, row *T) []byte {
	for i := range t.cols {
		c := &t.cols[i]
		at := len(dst)
		dst = append(dst, make([]byte, cellHeader)...)
		var width int
		dst, width = t.cell(dst, c, row)
		style := uint32(0)
		switch {
		case !t.color:
		case width == 1 && dst[len(dst)-1] == '-':
			style = uint32(StyleFaint) // absent
		case c.Style != nil:
			style = uint32(c.Style(row))
		}
		binary.NativeEndian.PutUint32(dst[at:], uint32(len(dst)-at-cellHeader))
		binary.NativeEndian.PutUint32(dst[at+4:], style<<styleShift|uint32(min(width, maxWidth)))
	}
	return dst
}

// cell appends one cell's text, clean, and returns its width.
func (t *tableRows[T]) cell(dst []byte, c *Column[T], row *T) ([]byte, int) {
	at := len(dst)
	if c.Text != nil {
		return t.cleanFrom(c.Text(dst, row), at)
	}
	v := c.Value(row)
	if t.human || v.kind == KindNone {
		dst = v.AppendHuman(dst)
	} else {
		dst = v.Append(dst)
	}
	if v.kind == KindString || v.kind == KindObjects {
		return t.cleanFrom(dst, at)
	}
	return dst, len(dst) - at
}

// cleanFrom escapes dst[at:] as [AppendClean] does.
func (t *tableRows[T]) cleanFrom(dst []byte, at int) ([]byte, int) {
	if len(dst) == at {
		return append(dst, '-'), 1
	}
	if printable(dst[at:]) {
		return dst, len(dst) - at
	}
	t.raw = append(t.raw[:0], dst[at:]...)
	return AppendClean(dst[:at], t.raw)
}

// printable reports whether s is all visible ASCII, the usual case.
func printable(s []byte) bool {
	for _, c := range s {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// A cell is a decoded cell.
type cell struct {
	text  []byte
	width int
	style Style
}

// nextCell decodes one cell from rows.
func nextCell(rows []byte) (c cell, rest []byte) {
	n := binary.NativeEndian.Uint32(rows)
	w := binary.NativeEndian.Uint32(rows[4:])
	end := cellHeader + int(n)
	c = cell{text: rows[cellHeader:end], width: int(w & maxWidth), style: Style(w >> styleShift)}
	return c, rows[end:]
}

// tableLayout pads cells to columns.
type tableLayout struct {
	heads   []head
	gap     string
	out     []byte
	limit   int  // terminal cells, 0 = none
	header  bool // still to be written
	color   bool
	natural []int  // the widest cell of each column so far; never shrinks
	filled  []bool // columns that have held a value
	width   []int  // width of each column; 0 = left out
	gone    []bool // columns that were left out on the last page
	tails   []int  // of columns that are CutName: the widest part of a cell that is never cut
}

// A head is the layout of a column.
type head struct {
	key   string
	title string
	right bool
	fit   Fit
}

func newTableLayout[T any](cols []Column[T], o Options) *tableLayout {
	l := &tableLayout{
		gap: "  ", limit: o.Width, header: !o.NoHeader, color: o.Color,
		heads: make([]head, len(cols)), natural: make([]int, len(cols)), width: make([]int, len(cols)),
		tails: make([]int, len(cols)), filled: make([]bool, len(cols)), gone: make([]bool, len(cols)),
	}
	for i := range cols {
		c := &cols[i]
		l.heads[i] = head{key: c.Key, title: c.Title, right: c.Right, fit: c.Fit}
		if c.Kind.numeric() {
			l.heads[i].fit.Min = 0
		}
		if l.header {
			l.natural[i] = utf8.RuneCountInString(c.Title)
		}
	}
	if o.Widths == nil {
		return l
	}
	if len(o.Widths.natural) == len(cols) {
		l.natural = o.Widths.natural
	}
	o.Widths.natural = l.natural
	for i := range l.filled {
		l.filled[i] = true // values may come with the next refresh: the table does not jump then
	}
	return l
}

func (l *tableLayout) page(w io.Writer, rows []byte) error {
	if len(l.heads) == 0 {
		return nil
	}
	l.measure(rows)
	l.assign()
	l.out = l.out[:0]
	l.appendHeader()
	for len(rows) > 0 {
		rows = l.appendRow(rows)
		if len(l.out) < outBuffer {
			continue
		}
		if _, err := w.Write(l.out); err != nil {
			return err
		}
		l.out = l.out[:0]
	}
	_, err := w.Write(l.out)
	return err
}

// end writes the header of a table without rows.
func (l *tableLayout) end(w io.Writer) error {
	if !l.header || len(l.heads) == 0 {
		return nil
	}
	return l.page(w, nil)
}

// measure widens the columns to the page's cells.
func (l *tableLayout) measure(rows []byte) {
	for len(rows) > 0 {
		for i := range l.natural {
			var c cell
			c, rows = nextCell(rows)
			l.natural[i] = max(l.natural[i], c.width)
			if l.limit <= 0 {
				continue
			}
			l.filled[i] = l.filled[i] || c.width > 1 || string(c.text) != "-"
			if l.heads[i].fit.Cut == CutName {
				l.tails[i] = max(l.tails[i], Width(c.text[numberOf(c.text):]))
			}
		}
	}
}

func (l *tableLayout) appendHeader() {
	if !l.header {
		return
	}
	l.header = false
	last := l.last()
	for i := range l.heads {
		if l.width[i] == 0 {
			continue
		}
		h := &l.heads[i]
		c := cell{text: []byte(h.title), width: utf8.RuneCountInString(h.title), style: StyleStrong}
		if !l.color {
			c.style = StylePlain
		}
		l.appendCell(i, c, last)
	}
	l.out = append(l.out, '\n')
}

// last is the index of the last column that is shown; it needs no padding.
func (l *tableLayout) last() int {
	for i := len(l.width) - 1; i > 0; i-- {
		if l.width[i] > 0 {
			return i
		}
	}
	return 0
}

func (l *tableLayout) appendRow(rows []byte) []byte {
	last := l.last()
	for i := range l.heads {
		var c cell
		c, rows = nextCell(rows)
		if l.width[i] > 0 {
			l.appendCell(i, c, last)
		}
	}
	l.out = append(l.out, '\n')
	return rows
}

func (l *tableLayout) appendCell(i int, c cell, last int) {
	w, h := l.width[i], &l.heads[i]
	pad := w - min(c.width, w)
	if h.right {
		l.pad(pad)
	}
	if c.style != StylePlain && int(c.style) < len(styleCodes) {
		l.out = append(l.out, styleCodes[c.style]...)
	}
	if c.width <= w {
		l.out = append(l.out, c.text...)
	} else {
		l.out = appendCut(l.out, c.text, c.width, w, h.fit.Cut)
	}
	if c.style != StylePlain {
		l.out = append(l.out, styleReset...)
	}
	if i == last {
		return
	}
	if !h.right {
		l.pad(pad)
	}
	l.out = append(l.out, l.gap...)
}

const blanks = "                                                                "

func (l *tableLayout) pad(n int) {
	for n > len(blanks) {
		l.out = append(l.out, blanks...)
		n -= len(blanks)
	}
	if n > 0 {
		l.out = append(l.out, blanks[:n]...)
	}
}
