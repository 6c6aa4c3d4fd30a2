package ss

import (
	"errors"
	"io"
	"syscall"
)

// An output collects what goes to standard output and writes it in large pieces. After a failed write,
// and after the reader of a pipe has gone, nothing is written any more.
type output struct {
	w    io.Writer
	buf  []byte
	dead bool
	err  error // of the failed write, unless a reader has gone
}

// writeLen is how much is collected before it is written.
const writeLen = 64 << 10

func newOutput(w io.Writer) *output {
	return &output{w: w, buf: make([]byte, 0, writeLen+4<<10)}
}

// rowEnd writes when enough has been collected.
func (o *output) rowEnd() {
	if len(o.buf) >= writeLen {
		o.flush()
	}
}

// flush writes what has been collected.
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
