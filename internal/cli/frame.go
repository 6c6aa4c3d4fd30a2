package cli

import (
	"bytes"
	"io"

	"github.com/nlstat/nlstat/internal/term"
)

// A frame buffers one sample of a watch until the line above it, which has the number of rows, can be
// written. Its memory is bounded: for a terminal it keeps the lines that fit and counts the others; for other
// outputs it writes through what exceeds frameLen.
type frame struct {
	bytes.Buffer
	out    io.Writer // output that is not a terminal; nil = a terminal
	height int       // maximum number of lines kept, 0 = all
	lines  int       // lines kept
	more   int       // lines dropped
	passed bool      // the buffer was passed on, and the rest follows it
}

// frameLen is the most that a frame buffers: about ten thousand rows.
const frameLen = 1 << 20

// begin begins a sample.
func (f *frame) begin(out io.Writer, t term.Terminal) {
	buf := f.Buffer
	buf.Reset()
	*f = frame{Buffer: buf, out: out, height: t.Height}
	if t.Is && !t.Dumb {
		f.out = nil
	}
}

// Write adds a part of the table.
func (f *frame) Write(b []byte) (int, error) {
	switch {
	case f.out == nil:
		return f.keep(b)
	case f.passed:
		return f.out.Write(b)
	case f.Len()+len(b) <= frameLen:
		return f.Buffer.Write(b)
	}
	f.passed = true
	_, err := f.out.Write(f.Bytes())
	f.Reset()
	if err != nil {
		return 0, err
	}
	return f.out.Write(b)
}

// keep keeps the lines that fit a terminal.
func (f *frame) keep(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		ends := line[len(line)-1] == '\n'
		switch {
		case f.height > 0 && f.lines >= f.height:
			if ends {
				f.more++
			}
			continue
		case ends:
			f.lines++
		}
		_, _ = f.Buffer.Write(line) // its error is always nil
	}
	return len(b), nil
}
