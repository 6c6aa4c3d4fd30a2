package render

import (
	"encoding/binary"
	"io"
)

// Collect returns an encoder that encodes rows by pack and passes them to use one after the other instead
// of writing them. With it, rows for an action can be sorted by [Sort] and limited by [Head] like those
// that are written.
func Collect[T any](pack func(dst []byte, row *T) []byte, use func(packed []byte) error) *Encoder[T] {
	return newEncoder(io.Discard, packLayout{use}, func() form[T] {
		return func(dst []byte, row *T) []byte { // the length and the bytes of pack
			at := len(dst)
			dst = pack(append(dst, 0, 0, 0, 0), row)
			binary.NativeEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
			return dst
		}
	})
}

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
