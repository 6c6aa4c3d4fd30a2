package render

import "io"

// csvForm makes forms of a row as one line. Values are in base units; texts are cleaned, so a row is always
// one line.
func csvForm[T any](cols []Column[T]) func() form[T] {
	return func() form[T] { return (&csvRows[T]{cols: cols}).encode }
}

type csvRows[T any] struct {
	cols       []Column[T]
	raw, clean []byte
}

func (c *csvRows[T]) encode(dst []byte, row *T) []byte {
	start := len(dst)
	for i := range c.cols {
		if i > 0 {
			dst = append(dst, ',')
		}
		v := c.cols[i].Value(row)
		switch v.kind {
		case KindString, KindObjects:
			c.raw = v.Append(c.raw[:0])
			c.clean, _ = AppendClean(c.clean[:0], c.raw)
			dst = appendCSV(dst, c.clean)
		default:
			dst = v.Append(dst)
		}
	}
	if len(dst) == start {
		dst = append(dst, '"', '"') // readers skip empty lines
	}
	return append(dst, '\n')
}

// csvLayout writes the header line before the first row.
type csvLayout struct{ header []byte }

func newCSVLayout[T any](cols []Column[T], o Options) *csvLayout {
	var l csvLayout
	if o.NoHeader {
		return &l
	}
	for i := range cols {
		if i > 0 {
			l.header = append(l.header, ',')
		}
		l.header = append(l.header, cols[i].Key...)
	}
	l.header = append(l.header, '\n')
	return &l
}

func (l *csvLayout) page(w io.Writer, rows []byte) error {
	if err := l.end(w); err != nil {
		return err
	}
	_, err := w.Write(rows)
	return err
}

func (l *csvLayout) end(w io.Writer) error {
	if l.header == nil {
		return nil
	}
	_, err := w.Write(l.header)
	l.header = nil
	return err
}
