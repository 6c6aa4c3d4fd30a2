package cli

import (
	"bytes"
	"io"

	"github.com/nlstat/nlstat/internal/term"
)

// A frame holds one sample of a watch back until what stands above it is known: how many rows there are. Its
// memory is bounded. For a terminal it keeps the lines that fit and counts the others; elsewhere it passes on
// what becomes longer than frameLen.
type frame struct {
	bytes.Buffer
	out    io.Writer // that is no terminal; nil = a terminal
	height int       // lines that are kept for one, 0 = all
	lines  int       // that are kept
	more   int       // that are not
	passed bool      // the beginning was passed on, and all that follows
}

// frameLen is what a frame holds back at most: some ten thousand rows.
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

// Write takes some of the table.
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
