package netstat

import (
	"errors"
	"io"
	"strconv"

	"golang.org/x/sys/unix"
)

// pageSize is the size from which on the buffer is written. A row is appended as a whole, so the buffer
// becomes a little larger.
const pageSize = 64 << 10

// page buffers rows and writes them in large pieces. Callers append a row to buf and pass it to row.
type page struct {
	w   io.Writer
	buf []byte
	err error // the first that a write returned; nothing is written after it

	eager bool // a terminal and slow rows: write each row at once
}

// row takes the buffer with one more row. It returns false if the reader is gone.
func (p *page) row(buf []byte) bool {
	p.buf = buf
	if len(buf) >= pageSize || p.eager {
		p.flush()
	}
	return p.err == nil
}

// text appends a string.
func (p *page) text(s string) { p.row(append(p.buf, s...)) }

// flush writes the buffer.
func (p *page) flush() {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
}

// failed reports whether there was a write error other than a closed pipe.
func (p *page) failed() bool { return p.err != nil && !errors.Is(p.err, unix.EPIPE) }

// left pads the bytes since start with blanks to at least width bytes.
func left(b []byte, start, width int) []byte {
	for len(b)-start < width {
		b = append(b, ' ')
	}
	return b
}

// leftText appends s, padded to at least width bytes.
func leftText(b []byte, s string, width int) []byte {
	return left(append(b, s...), len(b), width)
}

// leftCut appends s, padded or cut to exactly width bytes.
func leftCut(b []byte, s string, width int) []byte {
	return leftText(b, s[:min(len(s), width)], width)
}

// leftUint appends v, padded to at least width bytes.
func leftUint(b []byte, v uint64, width int) []byte {
	return left(strconv.AppendUint(b, v, 10), len(b), width)
}

// leftInt appends v, padded to at least width bytes.
func leftInt(b []byte, v int64, width int) []byte {
	return left(strconv.AppendInt(b, v, 10), len(b), width)
}

// rightUint appends v, right-aligned in at least width bytes.
func rightUint(b []byte, v uint64, width int) []byte {
	var digits [20]byte
	return rightText(b, strconv.AppendUint(digits[:0], v, 10), width)
}

// rightInt appends v, right-aligned in at least width bytes.
func rightInt(b []byte, v int64, width int) []byte {
	var digits [20]byte
	return rightText(b, strconv.AppendInt(digits[:0], v, 10), width)
}

// rightText appends s, right-aligned in at least width bytes.
func rightText[S ~string | ~[]byte](b []byte, s S, width int) []byte {
	for range width - len(s) {
		b = append(b, ' ')
	}
	return append(b, s...)
}

// zeroPadded appends v with at least the given number of digits.
func zeroPadded(b []byte, v int64, digits int) []byte {
	var d [20]byte
	text := strconv.AppendInt(d[:0], v, 10)
	for range digits - len(text) {
		b = append(b, '0')
	}
	return append(b, text...)
}

// isTerminal reports whether the output is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
