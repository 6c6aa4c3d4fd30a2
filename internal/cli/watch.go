package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// watch holds the flags that repeat a listing.
type watch struct {
	every string
	times int
}

func (w *watch) flags(f *pflag.FlagSet) {
	f.StringVarP(&w.every, "watch", "w", "",
		"repeat every 2s, or every `TIME`: redraw the table, write events to --jsonl")
	f.Lookup("watch").NoOptDefVal = "2s"
	f.IntVar(&w.times, "times", 0, "with --watch: stop after `N` updates (0: never)")
}

// pace returns the interval, 0 without --watch.
func (w *watch) pace() (time.Duration, error) {
	switch {
	case w.every == "" && w.times != 0:
		return 0, errors.New("--times needs --watch")
	case w.every == "":
		return 0, nil
	case w.times < 0:
		return 0, fmt.Errorf("--times %d: expected a number of updates", w.times)
	}
	if number(w.every) { // watch -n takes seconds without a unit
		return 0, fmt.Errorf("--watch %s: write %[1]ss for an interval, :%[1]s for a port", w.every)
	}
	d, err := time.ParseDuration(w.every)
	if err != nil {
		return 0, fmt.Errorf("--watch %q: expected a duration such as 2s or 500ms", w.every)
	}
	return d, w.check(d)
}

func (w *watch) check(d time.Duration) error {
	if d < 10*time.Millisecond {
		return fmt.Errorf("--watch %v: expected at least 10ms", d)
	}
	return nil
}

// errEvents refuses groups and limits in a stream of events.
var errEvents = errors.New("--watch writes events to --jsonl and --csv: groups and --limit are for tables")

// A tracker keeps the rows of a table between samples and reports what changed.
type tracker[R any] interface {
	// begin begins a sample.
	begin(now time.Time)
	// compare compares a row with its stored state, computes its rates and stores it.
	compare(row *R)
	// listed returns the change of the last compared row, and marks it as shown.
	listed(row *R) (change string)
	// end calls gone with the rows that were shown in the previous sample and are not in this one.
	end(gone func(*R) error) error
	// counts returns the number of the sample, and how many rows were added and removed.
	counts() (round, added, removed int)
}

// A watched table, and the state of the current sample.
type watched[R any] struct {
	*app
	*output
	*arrange
	table view.Table[R]
	text  string // the filter as it was written
	pace  time.Duration

	now                   time.Time
	total, added, removed int
}

// A watcher samples a table repeatedly and shows its changes.
type watcher[R any] struct {
	watched[R]
	tracker[R]
	times  int
	early  bool // the lister compares rows, since the filter uses rates
	list   func(needs uint32, row func(*R) error) error
	hide   func(*R) bool // reports insignificant rows; nil = none
	change string        // of the current row
}

// run samples until the context ends.
func (w *watcher[R]) run() (err error) {
	w.handleSignals()
	f, _, err := w.format()
	if err != nil {
		return err
	}
	show := w.events
	if f != render.FormatTable && (w.inGroups() || w.limit > 0) {
		return errEvents
	}
	var events <-chan term.Event
	if f == render.FormatTable {
		s := newScreen(&w.watched, view.MarkColumn(w.changed))
		show, events = (&drawing[R]{w, s}).redraw, s.events()
		defer func() { err = errors.Join(err, s.leave()) }()
	}
	tick := time.NewTicker(w.pace)
	defer tick.Stop()
	for {
		w.now = time.Now()
		w.begin(w.now)
		err := show()
		if w.ctx.Err() != nil {
			return nil // the user ended it, perhaps during a sample
		}
		round, _, _ := w.counts()
		if err != nil || round == w.times || term.Unread(w.Stdout) {
			return err
		}
		if !w.wait(tick.C, events) {
			return nil
		}
	}
}

// A drawing is a watch on a screen.
type drawing[R any] struct {
	*watcher[R]
	screen *screen[R]
}

// redraw samples once and draws the table.
func (d *drawing[R]) redraw() error {
	pipe, err := d.screen.begin()
	if err != nil {
		return err
	}
	if err := d.sample(pipe.needs, pipe.Row); err != nil {
		return err
	}
	_, d.added, d.removed = d.counts()
	return d.screen.draw(pipe)
}

// wait waits for the next sample. It returns false at the end of the watch.
func (w *watcher[R]) wait(tick <-chan time.Time, events <-chan term.Event) bool {
	for {
		select {
		case <-tick:
			return true
		case <-w.ctx.Done():
			return false
		case e := <-events:
			switch {
			case e.Key == "q" || e.Key == "Q":
				return false
			case e.Redraw:
				return true
			}
		}
	}
}

// sample lists once and passes on every row with its change, then the rows that were removed since the
// previous sample.
func (w *watcher[R]) sample(needs uint32, put func(*R) error) error {
	w.total = 0
	pass := func(row *R) error {
		if w.hide != nil && w.hide(row) {
			return nil
		}
		if w.change != view.Closed {
			w.total++
		}
		if err := put(row); !errors.Is(err, render.ErrEnough) {
			return err
		}
		return nil // the other rows still exist and have to be compared
	}
	err := w.list(needs, func(row *R) error {
		if !w.early {
			w.compare(row)
		}
		w.change = w.listed(row)
		return pass(row)
	})
	if err != nil || w.ctx.Err() != nil {
		return err
	}
	w.change = view.Closed
	return w.end(pass)
}

func (w *watcher[R]) changed(*R) string { return w.change }

// led returns the table with additional columns in front.
func (w *watched[R]) led(first ...render.Column[R]) view.Table[R] {
	t := w.table
	t.Columns = append(first, t.Columns...)
	keys := make([]string, len(first), len(first)+len(t.Default))
	for i := range first {
		keys[i] = first[i].Key
	}
	t.Default = append(keys, t.Default...)
	return t
}

// events writes changed rows, or all rows if rates are among the columns.
func (w *watcher[R]) events() error {
	t := w.led(view.EventColumn(w.changed), view.TimeColumn[R](w.clock))
	sheet, err := prepare(w.app, w.output, &t)
	if err != nil {
		return err
	}
	if round, _, _ := w.counts(); round > 1 {
		sheet.opts.NoHeader = true
	}
	sheet.opts.Format, err = lines(sheet.opts.Format)
	if err != nil {
		return err
	}
	sheet.lead(&t, "event", "time")
	needs := render.Needs(sheet.cols)
	// The default of all fields includes rates; only rates that are named make every row an event.
	samples := needs&(inspect.NeedRates|inspect.NeedWatch) != 0 && w.byName()
	enc := sheet.encoder(w.app)
	err = w.sample(needs, func(row *R) error {
		if w.change != "" || samples {
			return enc.Row(row)
		}
		lookUp(sheet.cols, row)
		return nil
	})
	return flushed(enc, err)
}

// flushed flushes the end of the output. It returns the first error: a failed encoder repeats its own.
func flushed[R any](enc *render.Encoder[R], err error) error {
	if last := enc.Flush(); err == nil {
		err = last
	}
	return err
}

// lookUp resolves the names of a row that is not shown yet: after it is closed they may be unknown.
func lookUp[R any](cols []render.Column[R], row *R) {
	for i := range cols {
		if cols[i].Needs&view.Fleeting != 0 {
			cols[i].Value(row)
		}
	}
}

func (w *watcher[R]) clock() time.Time { return w.now }

// lines refuses a JSON array, which a watch never completes.
func lines(f render.Format) (render.Format, error) {
	if f == render.FormatJSON {
		return 0, errors.New("--json: the array of a watch would never end; use --jsonl")
	}
	return f, nil
}
