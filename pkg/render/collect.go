package render

import (
	"encoding/binary"
	"io"
)

// Collect returns an encoder whose rows are what pack appends, in memory of the caller's making, and which
// hands them to use one after the other instead of writing them. It lets rows that are to be acted upon go
// the way of those that are written: sorted by [Sort], limited by [Head].
func Collect[T any](pack func(dst []byte, row *T) []byte, use func(packed []byte) error) *Encoder[T] {
	return &Encoder[T]{
		form: packForm[T]{pack}, limit: outBuffer,
		sink: &sink{w: io.Discard, layout: packLayout{use}},
	}
}

// packForm puts the length before what the caller packs.
type packForm[T any] struct {
	pack func(dst []byte, row *T) []byte
}

func (f packForm[T]) encode(dst []byte, row *T) []byte {
	at := len(dst)
	dst = f.pack(append(dst, 0, 0, 0, 0), row)
	binary.NativeEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func (f packForm[T]) fork() form[T] { return f }

type packLayout struct{ use func([]byte) error }

func (l packLayout) page(_ io.Writer, rows []byte) error {
	for len(rows) >= 4 {
		n := binary.NativeEndian.Uint32(rows)
		if err := l.use(rows[4 : 4+n]); err != nil {
			return err
		}
		rows = rows[4+n:]
	}
	return nil
}

func (packLayout) end(io.Writer) error { return nil }
