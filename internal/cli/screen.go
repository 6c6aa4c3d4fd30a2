package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// screen shows a table in place.
type screen[R any] struct {
	*watcher[R]
	notes  bytes.Buffer // what is said on stderr meanwhile, which the table would be drawn over
	stderr io.Writer
	drawn  bool // on a terminal
	frame  bytes.Buffer
	widths render.Widths
	app    app
}

func newScreen[R any](w *watcher[R]) *screen[R] {
	s := &screen[R]{watcher: w, app: *w.app, stderr: w.Stderr}
	s.app.Stdout = &s.frame
	if terminalOf(w.Stdout).is {
		w.Stderr = &s.notes
	}
	return s
}

// redraw asks once and draws the table over the last one.
func (s *screen[R]) redraw() error {
	t := s.led(view.MarkColumn(s.changed))
	sheet, err := prepareRows(s.watcher.app, s.output, s.arrange, &t)
	if err != nil {
		return err
	}
	if sheet.form == nil {
		sheet.lead(&t, "change") // also where columns were chosen
	}
	sheet.opts.Widths = &s.widths
	s.frame.Reset()
	pipe, err := sheet.pipeline(&s.app, s.arrange)
	if err != nil {
		return err
	}
	if err := s.sample(pipe.needs, pipe.Row); err != nil {
		return err
	}
	if err := pipe.Close(); err != nil {
		return err
	}
	return s.draw(terminalOf(s.Stdout))
}

// leave puts what comes next, which is the prompt of a shell, on a line of its own.
func (s *screen[R]) leave() error {
	s.watcher.Stderr = s.stderr
	if !s.drawn {
		return nil
	}
	_, err := s.Stdout.Write([]byte{'\n'})
	return err
}

// draw writes the frame: over the last one on a terminal, after it elsewhere.
func (s *screen[R]) draw(term terminal) error {
	round, added, removed := s.counts()
	head := fmt.Sprintf("every %v   %s   %s: %d   +%d -%d   %s",
		s.pace, s.now.Format(time.TimeOnly), s.table.Name, s.total, added, removed, s.text)
	clean, _ := render.AppendClean(nil, bytes.TrimRight([]byte(head), " "))
	var b []byte
	if !term.is {
		b = append(append(b, clean...), '\n')
		_, err := s.Stdout.Write(append(append(b, s.frame.Bytes()...), '\n'))
		return err
	}
	if round == 1 {
		b = append(b, "\x1b[2J"...)
	}
	b = append(b, "\x1b[H\x1b[?7l"...) // a line that is too long is cut, not continued over the next
	s.drawn = true
	rest := slices.Concat(wrap(s.notes.Bytes(), term.width), s.frame.Bytes())
	b = append(erase(b, rest), clean[:render.Fits(clean, term.width)]...)
	for n := 1; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if n == term.height-1 && len(rest) > 0 {
			line = fmt.Appendf(nil, "%d more", 1+bytes.Count(rest, []byte{'\n'}))
			rest = nil
		}
		b = append(erase(append(b, '\n'), rest), line...)
	}
	_, err := s.Stdout.Write(append(b, "\x1b[?7h"...))
	return err
}

// erase clears the line that is about to be written, or if it is the last what is below too. Behind a line
// that fills the terminal the cursor stands on its last character.
func erase(b, rest []byte) []byte {
	if len(rest) == 0 {
		return append(b, "\x1b[J"...)
	}
	return append(b, "\x1b[K"...)
}

// wrap breaks lines that are longer than the terminal is wide.
func wrap(text []byte, width int) (lines []byte) {
	for line := range bytes.Lines(text) {
		for fits := render.Fits(line, width); fits < len(line)-1; fits = render.Fits(line, width) {
			fits = max(fits, 1) // a wide character on a terminal of one cell
			lines = append(append(lines, line[:fits]...), '\n')
			line = line[fits:]
		}
		lines = append(lines, line...)
	}
	return lines
}
