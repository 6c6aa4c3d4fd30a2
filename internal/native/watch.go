package native

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/render"
)

// watch is how often a listing is repeated.
type watch struct {
	every string
	times int
}

func (w *watch) flags(f *pflag.FlagSet) {
	f.StringVarP(&w.every, "watch", "w", "",
		"repeat every 2s, or `TIME`: redraw a table, write events to --jsonl")
	f.Lookup("watch").NoOptDefVal = "2s"
	f.IntVar(&w.times, "times", 0, "with --watch: repeat so `MANY` times, 0 = for ever")
}

// interval takes the time from the flag, or from the first word behind it: -w 5s.
func (w *watch) interval(args []string) (time.Duration, []string, error) {
	if w.every == "2s" && len(args) > 0 {
		if d, err := time.ParseDuration(args[0]); err == nil {
			return d, args[1:], w.check(d)
		}
	}
	d, err := time.ParseDuration(w.every)
	if err != nil {
		return 0, nil, fmt.Errorf("--watch %q: want a time such as 2s or 500ms", w.every)
	}
	return d, args, w.check(d)
}

func (w *watch) check(d time.Duration) error {
	if d < 10*time.Millisecond {
		return fmt.Errorf("--watch %v: want at least 10ms", d)
	}
	return nil
}

// A watcher repeats a listing and remembers every socket in it, which bounds its memory.
type watcher struct {
	*socketsCmd
	interval time.Duration
	seen     map[watchKey]*sighting
	round    int
	now      time.Time
	news     int
	gone     int
	total    int
}

type watchKey struct {
	space string
	socketKey
}

// A sighting is what is remembered of a socket.
type sighting struct {
	first, last time.Time
	round       int
	state       diag.State
	counters    view.Counters
	socket      *diag.Socket
}

// watchLoop lists again and again until the context ends.
func (s *socketsCmd) watchLoop(interval time.Duration) (err error) {
	w := &watcher{socketsCmd: s, interval: interval, seen: map[watchKey]*sighting{}}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.finish()) }()
	f, _, err := s.format()
	if err != nil {
		return err
	}
	run := w.events
	if f == render.Table {
		run = newScreen(w).redraw
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		w.round++
		w.now = time.Now()
		if err := run(); err != nil {
			return err
		}
		if w.round == s.times {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return nil // that is how one ends it
		}
	}
}

// look asks once and passes every row on, with what is different about it.
func (w *watcher) look(needs uint32, put func(*view.Socket) error) error {
	w.news, w.gone, w.total = 0, 0, 0
	var last *view.Socket
	err := w.ask(needs, func(row *view.Socket) error {
		last = row
		w.total++
		w.sight(row)
		return put(row)
	})
	if err != nil || w.ctx.Err() != nil {
		return err
	}
	return w.farewell(last, put)
}

// sight compares a row with what is remembered of it.
func (w *watcher) sight(row *view.Socket) {
	key := watchKey{row.Netns, keyOf(row.Socket)}
	was := w.seen[key]
	row.Result, row.Rates = "", view.Rates{}
	if was == nil {
		was = &sighting{first: w.now}
		w.seen[key] = was
		row.Result = "present"
		if w.round > 1 {
			row.Result = "new"
			w.news++
		}
	} else {
		row.Rates = view.Rates{Age: w.now.Sub(was.first), Interval: w.now.Sub(was.last), Was: was.counters}
		if was.state != row.State {
			row.Result = "changed"
		}
	}
	was.last, was.round, was.state = w.now, w.round, row.State
	was.counters = view.CountersOf(row.Socket)
	was.socket = row.Clone()
}

// farewell passes on what was there the last time and is not any more.
func (w *watcher) farewell(row *view.Socket, put func(*view.Socket) error) error {
	for key, was := range w.seen {
		if was.round == w.round {
			continue
		}
		delete(w.seen, key)
		w.gone++
		if row == nil {
			row = &view.Socket{Names: &w.names, Links: w.links, Groups: w.cgroups}
			if w.owners != nil {
				row.Owners = w.owners
			}
		}
		row.Socket, row.Netns, row.Result, row.Rates = was.socket, key.space, "closed", view.Rates{}
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}

// events writes what has changed, or all rows if rates are among the columns.
func (w *watcher) events() error {
	t := w.table
	first := []render.Column[view.Socket]{view.EventColumn(), view.TimeColumn(w.clock)}
	t.Columns = append(first, t.Columns...)
	t.Default = append([]string{"event", "time"}, t.Default...)
	sheet, err := prepare(w.app, &w.output, &t)
	if err != nil {
		return err
	}
	if w.round > 1 {
		sheet.opts.NoHeader = true
	}
	sheet.opts.Format, err = lines(sheet.opts.Format)
	if err != nil {
		return err
	}
	sheet.lead(&t, "event", "time")
	needs := render.Needs(sheet.cols)
	// All fields hold rates as well; who asks for them by name wants to see them change.
	samples := needs&view.NeedRates != 0 && w.jsonl != allFields && w.csv != allFields
	enc := sheet.encoder(w.app)
	err = w.look(needs, func(row *view.Socket) error {
		if row.Result == "" && !samples {
			return nil
		}
		return enc.Row(row)
	})
	return errors.Join(err, enc.Flush())
}

func (w *watcher) clock() time.Time { return w.now }

// lines refuses the format that has no end in a watch.
func lines(f render.Format) (render.Format, error) {
	if f == render.JSON {
		return 0, errors.New("--watch: an array has an end, use --jsonl")
	}
	return f, nil
}

// screen shows a table in place.
type screen struct {
	*watcher
	frame  bytes.Buffer
	widths render.Widths
	app    app
}

func newScreen(w *watcher) *screen {
	s := &screen{watcher: w, app: *w.socketsCmd.app}
	s.app.Stdout = &s.frame
	return s
}

// redraw asks once and draws the table over the last one.
func (s *screen) redraw() error {
	t := s.table
	t.Columns = append([]render.Column[view.Socket]{view.MarkColumn()}, t.Columns...)
	t.Default = append([]string{"change"}, t.Default...)
	sheet, err := prepare(s.socketsCmd.app, &s.output, &t)
	if err != nil {
		return err
	}
	sheet.opts.Widths = &s.widths
	s.frame.Reset()
	pipe, err := sheet.pipeline(&s.app, &s.arrange)
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
func (s *screen) draw(term terminal) error {
	head := fmt.Sprintf("every %v   %s   %d sockets   +%d -%d   %s",
		s.interval, s.now.Format(time.TimeOnly), s.total, s.news, s.gone, s.text)
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
