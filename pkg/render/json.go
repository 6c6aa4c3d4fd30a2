package render

import "io"

// jsonForm makes forms of a row as ",\n" and an object, or as an object and a line feed.
func jsonForm[T any](cols []Column[T], f Format) func() form[T] {
	encode := newJSONRows(cols, f).encode // it has no scratch memory
	return func() form[T] { return encode }
}

type jsonRows[T any] struct {
	cols  []Column[T]
	keys  [][]byte // `{"key":` and `,"key":`, made once
	lines bool
}

func newJSONRows[T any](cols []Column[T], f Format) *jsonRows[T] {
	cols = distinct(cols)
	j := &jsonRows[T]{cols: cols, keys: make([][]byte, len(cols)), lines: f == FormatJSONL}
	for i := range cols {
		k := []byte{','}
		if i == 0 {
			k[0] = '{'
		}
		j.keys[i] = append(AppendJSONString(k, cols[i].Key), ':')
	}
	return j
}

// distinct leaves out repeated columns: an object has each key once.
func distinct[T any](cols []Column[T]) []Column[T] {
	var list []Column[T]
	for i := range cols {
		if Find(list, cols[i].Key) < 0 {
			list = append(list, cols[i])
		}
	}
	return list
}

func (j *jsonRows[T]) encode(dst []byte, row *T) []byte {
	if !j.lines {
		dst = append(dst, ',', '\n')
	}
	for i := range j.cols {
		v := j.cols[i].Value(row)
		dst = v.AppendJSON(append(dst, j.keys[i]...))
	}
	if len(j.cols) == 0 {
		dst = append(dst, '{')
	}
	dst = append(dst, '}')
	if j.lines {
		dst = append(dst, '\n')
	}
	return dst
}

// jsonLayout writes encoded rows, within brackets unless each is a line.
type jsonLayout struct {
	lines bool
	begun bool
}

func (l *jsonLayout) page(w io.Writer, rows []byte) error {
	if !l.lines && !l.begun {
		rows[0] = '[' // in the place of the first row's comma
		l.begun = true
	}
	_, err := w.Write(rows)
	return err
}

func (l *jsonLayout) end(w io.Writer) error {
	if l.lines {
		return nil
	}
	closing := "\n]\n"
	if !l.begun {
		closing = "[]\n"
	}
	_, err := io.WriteString(w, closing)
	return err
}
