package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
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
	err := s.term.Close()
	_, _ = s.stderr.Write(s.notes.Bytes()) // whole; there is no other place to report it
	return err
}

// draw writes the frame. If its rows exceeded the buffer, the title line comes last.
func (s *screen[R]) draw(p *pipe[R]) error {
	if err := p.Close(); err != nil {
		return err
	}
	head := render.AppendLine(nil, bytes.TrimRight(fmt.Appendf(nil, "every %v   %s   %s: %s   +%d -%d   %s",
		s.pace, s.now.Format(time.TimeOnly), s.table.Name, s.rows(), s.added, s.removed, s.text), " "))
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

// rows is the number of present rows, with the limit if it may hide some: it counts those that ended, too.
func (s *screen[R]) rows() string {
	if s.shown(s.total) < s.total && !s.inGroups() {
		return fmt.Sprintf("%d (--limit %d)", s.total, s.limit)
	}
	return strconv.Itoa(s.total)
}

// remarks are the messages, in one line, and one about columns without room.
func (s *screen[R]) remarks(p *pipe[R]) []byte {
	notes := oneLine(s.notes.Bytes(), term.Of(s.Stdout).Width)
	if p.leftOut == nil {
		return notes
	}
	if text := noRoom(p.leftOut(), term.Of(s.Stdout).Width, ""); text != "" {
		notes = append(append(notes, text...), '\n')
	}
	return notes
}

// oneLine returns the first of several messages in a line of this width, with the number of those that have
// no room: they are written at the end.
func oneLine(notes []byte, width int) []byte {
	first, others, _ := bytes.Cut(notes, []byte{'\n'})
	n := bytes.Count(others, []byte{'\n'})
	if n == 0 && render.Width(first) <= width {
		return slices.Clone(notes)
	}
	more := " (at the end: whole)"
	if n > 0 {
		more = fmt.Sprintf(" (at the end: %d more)", n)
	}
	return slices.Concat(term.Cut(first, width-len(more)), []byte(more), []byte{'\n'})
}
