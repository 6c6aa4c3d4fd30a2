package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/pkg/render"
)

// screen redraws a table: on a terminal over the previous one, elsewhere after it.
type screen[R any] struct {
	*watched[R]
	mark   render.Column[R] // the change of a row
	term   *term.Screen     // nil elsewhere
	notes  bytes.Buffer     // messages to stderr, shown above the table instead of being overwritten
	stderr io.Writer
	frame  frame
	widths render.Widths
	app    app // writes to frame
}

func newScreen[R any](w *watched[R], mark render.Column[R]) *screen[R] {
	s := &screen[R]{watched: w, mark: mark, app: *w.app, stderr: w.Stderr}
	if t := term.Of(w.Stdout); t.Is && !t.Dumb {
		in, _ := w.Stdin.(*os.File)
		s.term = term.OpenScreen(in, w.Stdout.(*os.File)) //nolint:errcheck // a terminal is a file
		w.Stderr = &s.notes
	}
	s.app.Stdout = &s.frame
	return s
}

// events returns the channel of key presses, nil if the output is not a terminal.
func (s *screen[R]) events() <-chan term.Event {
	if s.term == nil {
		return nil
	}
	return s.term.Events()
}

// begin begins a frame, whose rows go through the pipe.
func (s *screen[R]) begin() (*pipe[R], error) {
	t := s.led(s.mark)
	sheet, err := prepareRows(s.watched.app, s.output, s.arrange, &t)
	if err != nil {
		return nil, err
	}
	if sheet.form == nil {
		sheet.lead(&t, s.mark.Key) // also with --columns
		pin(sheet.cols, []string{s.mark.Key})
	}
	sheet.opts.Widths = &s.widths
	s.frame.begin(s.Stdout, term.Of(s.Stdout))
	return sheet.pipeline(&s.app, s.arrange)
}

// leave restores the terminal.
func (s *screen[R]) leave() error {
	s.watched.Stderr = s.stderr
	if s.term == nil {
		return nil
	}
	return s.term.Close()
}

// draw writes the frame. If its rows exceeded the buffer, the title line comes last.
func (s *screen[R]) draw(p *pipe[R]) error {
	if err := p.Close(); err != nil {
		return err
	}
	head := render.AppendLine(nil, bytes.TrimRight(fmt.Appendf(nil, "every %v   %s   %s: %d   +%d -%d   %s",
		s.pace, s.now.Format(time.TimeOnly), s.table.Name, s.total, s.added, s.removed, s.text), " "))
	if s.term != nil {
		head = bytes.TrimSuffix(head, []byte{'\n'})
		return s.term.Draw(&term.Frame{
			Head: head, Notes: s.remarks(p), Body: s.frame.Bytes(), More: s.frame.more,
		})
	}
	b := s.frame.Bytes()
	if !s.noHeader && s.template == "" {
		b = append(slices.Concat(head, b), '\n')
	}
	_, err := s.Stdout.Write(b)
	return err
}

// remarks are the messages, and a line about columns without room.
func (s *screen[R]) remarks(p *pipe[R]) []byte {
	notes := slices.Clone(s.notes.Bytes())
	if p.leftOut == nil {
		return notes
	}
	if text := noRoom(p.leftOut(), term.Of(s.Stdout).Width, ""); text != "" {
		notes = append(append(notes, text...), '\n')
	}
	return notes
}
