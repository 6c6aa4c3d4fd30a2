package ss

import (
	"errors"
	"io"
	"syscall"
)

// An output buffers standard output and writes it in large pieces. After a failed write, or when the reader
// of a pipe is gone, nothing more is written.
type output struct {
	w    io.Writer
	buf  []byte
	dead bool
	err  error // of the failed write, unless a reader has gone
}

// writeLen is the size from which on the buffer is written.
const writeLen = 64 << 10

func newOutput(w io.Writer) *output {
	return &output{w: w, buf: make([]byte, 0, writeLen+4<<10)}
}

// rowEnd writes the buffer if it is large enough.
func (o *output) rowEnd() {
	if len(o.buf) >= writeLen {
		o.flush()
	}
}

// flush writes the buffer.
func (o *output) flush() {
	if len(o.buf) > 0 && !o.dead {
		_, err := o.w.Write(o.buf)
		o.dead = err != nil
		if !errors.Is(err, syscall.EPIPE) {
			o.err = err
		}
	}
	o.buf = o.buf[:0]
}

// text writes s, for everything except tables.
func (o *output) text(s string) {
	o.buf = append(o.buf, s...)
	o.rowEnd()
}
