package native

import (
	"bytes"
	"fmt"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// screen shows a table in place.
type screen[R any] struct {
	*watcher[R]
	frame  bytes.Buffer
	widths render.Widths
	app    app
}

func newScreen[R any](w *watcher[R]) *screen[R] {
	s := &screen[R]{watcher: w, app: *w.app}
	s.app.Stdout = &s.frame
	return s
}

// redraw asks once and draws the table over the last one.
func (s *screen[R]) redraw() error {
	t := s.led(view.MarkColumn(s.changed))
	sheet, err := prepare(s.watcher.app, s.output, &t)
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
	if err := s.look(pipe.needs, pipe.Row); err != nil {
		return err
	}
	if err := pipe.Close(); err != nil {
		return err
	}
	return s.draw(terminalOf(s.Stdout))
}

// draw writes the frame: over the last one on a terminal, after it elsewhere.
func (s *screen[R]) draw(term terminal) error {
	head := fmt.Sprintf("every %v   %s   %s: %d   +%d -%d   %s",
		s.pace, s.now.Format(time.TimeOnly), s.table.Name, s.total, s.news, s.gone, s.text)
	clean, _ := render.AppendClean(nil, []byte(head))
	var b []byte
	if !term.is {
		b = append(append(b, clean...), '\n')
		_, err := s.Stdout.Write(append(append(b, s.frame.Bytes()...), '\n'))
		return err
	}
	if s.round == 1 {
		b = append(b, "\x1b[2J"...)
	}
	b = append(b, "\x1b[H"...)
	b = append(append(b, clean[:min(len(clean), term.width)]...), "\x1b[K"...)
	rest := s.frame.Bytes()
	for n := 1; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if n == term.height-1 && len(rest) > 0 {
			more := 1 + bytes.Count(rest, []byte{'\n'})
			b = fmt.Appendf(b, "\n%d more\x1b[K", more)
			break
		}
		b = append(append(append(b, '\n'), line...), "\x1b[K"...)
	}
	_, err := s.Stdout.Write(append(b, "\x1b[J"...))
	return err
}
