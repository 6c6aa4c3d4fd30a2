package netstat

import (
	"errors"
	"io"
	"strconv"

	"golang.org/x/sys/unix"
)

// pageSize is how much text is gathered before it is written. A row is appended in one piece, so the
// buffer grows a little beyond it once.
const pageSize = 64 << 10

// page gathers rows and writes them in large pieces. Rows are appended by hand: code takes buf, appends
// and gives it back to row.
type page struct {
	w   io.Writer
	buf []byte
	err error // the first that a write returned; nothing is written after it

	eager bool // a terminal and slow rows: write each immediately
}

// row takes back the buffer with one more row in it. It returns false when the reader is gone.
func (p *page) row(buf []byte) bool {
	p.buf = buf
	if len(buf) >= pageSize || p.eager {
		p.flush()
	}
	return p.err == nil
}

// text appends a string.
func (p *page) text(s string) { p.row(append(p.buf, s...)) }

// flush writes what was gathered.
func (p *page) flush() {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
}

// failed reports a write error that is worth a word: not a reader that has seen enough.
func (p *page) failed() bool { return p.err != nil && !errors.Is(p.err, unix.EPIPE) }

// left pads what was appended since start with blanks to at least width bytes.
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

// rightUint appends v behind blanks that make it at least width bytes wide.
func rightUint(b []byte, v uint64, width int) []byte {
	var digits [20]byte
	return rightText(b, strconv.AppendUint(digits[:0], v, 10), width)
}

// rightInt appends v behind blanks that make it at least width bytes wide.
func rightInt(b []byte, v int64, width int) []byte {
	var digits [20]byte
	return rightText(b, strconv.AppendInt(digits[:0], v, 10), width)
}

// rightText appends s behind blanks that make it at least width bytes wide.
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
