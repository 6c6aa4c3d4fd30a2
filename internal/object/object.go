// Package object writes rows as JSON objects, without reflection and without encoding/json, which the
// compatible programs would link.
package object

import (
	"encoding"
	"iter"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// A Writer builds one object. The zero Writer has an empty one.
type Writer struct{ b, text []byte }

// End returns the object. No method may be called after it.
func (w *Writer) End() []byte {
	if len(w.b) == 0 {
		w.b = append(w.b, '{')
	}
	return append(w.b, '}')
}

func (w *Writer) key(name string) {
	if len(w.b) == 0 {
		w.b = append(make([]byte, 0, 512), '{')
	} else {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

// Uint writes a number.
func (w *Writer) Uint(name string, n uint64) {
	w.key(name)
	w.b = strconv.AppendUint(w.b, n, 10)
}

// Positive writes a number unless it is 0.
func (w *Writer) Positive(name string, n uint64) {
	if n != 0 {
		w.Uint(name, n)
	}
}

// Bool writes true or false.
func (w *Writer) Bool(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

// True writes true, and nothing for false.
func (w *Writer) True(name string, v bool) {
	if v {
		w.Bool(name, v)
	}
}

// Micros writes a duration in microseconds.
func (w *Writer) Micros(name string, d time.Duration) {
	w.key(name)
	w.b = strconv.AppendFloat(w.b, float64(d)/float64(time.Microsecond), 'f', -1, 64)
}

// Text writes a text unless it is empty.
func (w *Writer) Text(name, text string) {
	if text != "" {
		w.text = append(w.text[:0], text...)
		w.Bytes(name, w.text)
	}
}

// Bytes writes a text unless it is empty.
func (w *Writer) Bytes(name string, text []byte) {
	if len(text) == 0 {
		return
	}
	w.key(name)
	w.b = append(w.b, '"')
	for _, c := range string(text) { // invalid UTF-8 becomes U+FFFD
		switch {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', byte(c))
		case c < ' ':
			w.b = append(w.b, `\u00`...)
			w.b = append(w.b, hexDigits[c>>4], hexDigits[c&0xf])
		default:
			w.b = utf8.AppendRune(w.b, c)
		}
	}
	w.b = append(w.b, '"')
}

const hexDigits = "0123456789abcdef"

// Written writes the text that appendTo appends, unless it is empty.
func (w *Writer) Written(name string, appendTo func([]byte) []byte) {
	w.text = appendTo(w.text[:0])
	w.Bytes(name, w.text)
}

// Named writes the name of a value.
func (w *Writer) Named(name string, v encoding.TextMarshaler) {
	if text, err := v.MarshalText(); err == nil {
		w.Bytes(name, text)
	}
}

// List writes a list of objects.
func (w *Writer) List(name string, items iter.Seq[*Writer]) {
	w.key(name)
	w.b = append(w.b, '[')
	first := true
	for item := range items {
		if !first {
			w.b = append(w.b, ',')
		}
		first = false
		w.b = append(w.b, item.End()...)
	}
	w.b = append(w.b, ']')
}

// Addr writes an address unless it is the zero one.
func (w *Writer) Addr(name string, a netip.Addr) {
	if a.IsValid() {
		w.Written(name, a.AppendTo)
	}
}

// Prefix writes a prefix unless it is the zero one.
func (w *Writer) Prefix(name string, p netip.Prefix) {
	if p.IsValid() {
		w.Written(name, p.AppendTo)
	}
}
