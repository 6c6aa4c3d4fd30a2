package term

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/nlstat/nlstat/pkg/render"
)

// A Frame is the content of a [Screen].
type Frame struct {
	Head  []byte // one line without newline; a hint is added at its right
	Notes []byte // lines of any length, wrapped: messages
	Body  []byte // lines, cut at the right: a table
	More  int    // lines that follow Body and are not in it; Body then fills the screen
}

// append appends the output that draws the frame over the last one: cut to the size of the terminal, and with
// the last one cleared.
func (f *Frame) append(b []byte, t Terminal, leave string) []byte {
	b = append(b, "\x1b[H"...)
	rest := slices.Concat(Wrap(f.Notes, t.Width), f.Body)
	if t.Height < 2 {
		rest = nil
	}
	b = appendHead(erase(b, rest), f.Head, t.Width, leave)
	for n := 1; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if n == t.Height-1 && len(rest) > 0 {
			line = fmt.Appendf(nil, "%d more", 1+bytes.Count(rest, []byte{'\n'})+f.More)
			rest = nil
		}
		b = appendClipped(erase(append(b, '\n'), rest), line, t.Width)
	}
	return b
}

// erase clears the next line, and after the last one all below. It comes before the line: after a line that
// fills the terminal the cursor is on its last character.
func erase(b, rest []byte) []byte {
	if len(rest) == 0 {
		return append(b, "\x1b[J"...)
	}
	return append(b, "\x1b[K"...)
}

// leastHead is the least width of a head beside the hint at its right.
const leastHead = 12

// appendHead appends the first line with the hint at its right, if there is room for both.
func appendHead(b, head []byte, width int, leave string) []byte {
	room := width - len(leave) - 2
	if leave == "" || room < leastHead {
		return appendClipped(b, head, width)
	}
	b = appendClipped(b, head, room)
	for range room + 2 - min(visible(head), room) {
		b = append(b, ' ')
	}
	return append(b, leave...)
}

// appendClipped appends line in at most the given cells, with an ellipsis if it is cut.
func appendClipped(b, line []byte, cells int) []byte {
	cut := visible(line) > cells
	if cut {
		cells--
	}
	colored := false
	for len(line) > 0 {
		if n := colorSequence(line); n > 0 {
			b, line, colored = append(b, line[:n]...), line[n:], true
			continue
		}
		run := line[:plain(line)]
		line = line[len(run):]
		n := render.Fits(run, cells)
		b = append(b, run[:n]...)
		cells -= render.Width(run[:n])
		if n < len(run) {
			break
		}
	}
	if cut && cells >= 0 {
		b = append(b, "…"...)
	}
	if cut && colored {
		b = append(b, "\x1b[0m"...)
	}
	return b
}

// visible returns the width of a line in cells.
func visible(line []byte) (cells int) {
	for len(line) > 0 {
		if n := colorSequence(line); n > 0 {
			line = line[n:]
			continue
		}
		n := plain(line)
		cells += render.Width(line[:n])
		line = line[n:]
	}
	return cells
}

// plain returns the number of bytes before the next escape sequence, at least one.
func plain(line []byte) int {
	if i := bytes.IndexByte(line[1:], '\x1b'); i >= 0 {
		return i + 1
	}
	return len(line)
}

// colorSequence returns the length of the color sequence at the start of line, 0 if there is none.
func colorSequence(line []byte) int {
	if !bytes.HasPrefix(line, []byte("\x1b[")) {
		return 0
	}
	for i, c := range line[2:] {
		switch {
		case c == 'm':
			return i + 3
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// Wrap breaks lines that are wider than the given number of cells.
func Wrap(text []byte, width int) (lines []byte) {
	for line := range bytes.Lines(text) {
		line, ended := bytes.CutSuffix(line, []byte{'\n'})
		for fits := render.Fits(line, width); fits < len(line); fits = render.Fits(line, width) {
			if fits == 0 { // a wide character on a terminal of one cell
				fits = len(line)
			}
			lines = append(append(lines, line[:fits]...), '\n')
			line = line[fits:]
		}
		lines = append(lines, line...)
		if ended {
			lines = append(lines, '\n')
		}
	}
	return lines
}
