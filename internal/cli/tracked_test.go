package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/render"
)

// A thing is a row of a made-up table.
type thing struct {
	name, color string
	count, rate int
}

func things() *view.Table[thing] {
	return &view.Table[thing]{
		Columns: []render.Column[thing]{
			{Key: "name", Value: func(t *thing) render.Value { return render.Name(t.name) }},
			{Key: "color", Value: func(t *thing) render.Value { return render.Name(t.color) }},
		},
		Watch: view.Watch[thing]{
			Key: []string{"name"}, Facts: []string{"color"},
			Keep: func(t *thing) *thing { c := *t; return &c },
			Since: func(t, was *thing, d time.Duration) {
				t.rate = -1
				if was != nil {
					t.rate = (t.count - was.count) / int(d.Seconds())
				}
			},
		},
	}
}

// TestTableTracker samples a table that changes. A sample is a list of name:color:count; one in brackets does
// not match the filter.
func TestTableTracker(t *testing.T) {
	samples := []struct{ rows, want string }{
		{"a:red:1 b:red:1", "present a, present b"},
		{"a:red:5 b:red:1", "same a +2/s, same b"},
		{"a:blue:5 b:red:3", "changed a, same b +1/s"},
		{"b:red:3 c:red:9", "same b, new c, closed a"},
		{"b:red:3 c:red:9 a:red:1", "same b, same c, new a"},
		{"", "closed b, closed c, closed a"},
		{"", ""},
		{"d:red:1 (e:red:1)", "new d"},
		{"(d:red:3) e:red:7", "new e +3/s, closed d"},
		{"(d:red:3) (e:red:7)", "closed e"},
		{"d:green:3", "new d"},
		{"d:green:3 d:red:1", "same d, new d"}, // the key does not tell them apart
		{"d:green:3 d:blue:1", "same d, changed d"},
		{"d:green:3", "same d, closed d"},
	}
	s := newTableTracker(things())
	now := time.Unix(1000, 0)
	for i, l := range samples {
		var got []string
		tell := func(change string, row *thing) {
			if change == "" {
				change = "same"
			}
			text := change + " " + row.name
			if row.rate > 0 && change != view.Closed {
				text += fmt.Sprintf(" +%d/s", row.rate)
			}
			got = append(got, text)
		}
		now = now.Add(2 * time.Second)
		s.begin(now)
		for word := range strings.FieldsSeq(l.rows) {
			f := strings.Split(strings.Trim(word, "()"), ":")
			row := thing{name: f[0], color: f[1]}
			_, _ = fmt.Sscan(f[2], &row.count) // it is a number
			s.compare(&row)
			if word[0] != '(' {
				tell(s.listed(&row), &row)
			}
		}
		if err := s.end(func(row *thing) error { tell(view.Closed, row); return nil }); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(l.want, strings.Join(got, ", ")); d != "" {
			t.Errorf("sample %d: %s (-want +got)\n%s", i+1, l.rows, d)
		}
	}
	if len(s.seen) != 1 {
		t.Errorf("remembers %d rows, the last sample had 1", len(s.seen))
	}
}

// TestWatchColumns checks that the columns that a watch goes by are columns, in every table.
func TestWatchColumns(t *testing.T) {
	checkWatch(t, view.Sockets(nil))
	checkWatch(t, view.LinkTable())
	checkWatch(t, view.Routes())
	checkWatch(t, view.Addresses())
	checkWatch(t, view.Neighbors())
	checkWatch(t, view.Groups())
	checkWatch(t, view.Flows(nil))
	checkWatch(t, view.Stats())
}

func checkWatch[R any](t *testing.T, table view.Table[R]) {
	t.Helper()
	if len(table.Watch.Key) == 0 || table.Watch.Keep == nil {
		t.Errorf("%s: no key, or rows cannot be kept", table.Name)
	}
	for _, key := range append(table.Watch.Key, table.Watch.Facts...) {
		if render.Find(table.Columns, key) < 0 {
			t.Errorf("%s: no column %s", table.Name, key)
		}
	}
}

// TestWatchRates checks the rates that a watch gives to rows with counters.
func TestWatchRates(t *testing.T) {
	links := view.LinkTable()
	was := &view.Link{Link: &link.Link{Has: link.HasStats, Stats: link.Stats{RxBytes: 1000}}}
	now := &view.Link{Link: &link.Link{Has: link.HasStats, Stats: link.Stats{RxBytes: 3000}}}
	links.Watch.Since(now, was, 2*time.Second)
	rate := links.Columns[render.Find(links.Columns, "rx_rate")].Value(now)
	if rate.Uint() != 8000 {
		t.Errorf("2000 bytes in 2 s: %d bits/s", rate.Uint())
	}
	links.Watch.Since(now, nil, 0)
	if rate := links.Columns[render.Find(links.Columns, "rx_rate")].Value(now); rate.Kind() != render.KindNone {
		t.Error("a link that was not there has a rate")
	}
	stats := view.Stats()
	before := &view.Stat{Metric: mib.Metric{Kind: mib.KindCount, Value: 5}}
	after := &view.Stat{Metric: mib.Metric{Kind: mib.KindCount, Value: 9}}
	stats.Watch.Since(after, before, 2*time.Second)
	perSecond := stats.Columns[render.Find(stats.Columns, "rate")].Value(after)
	if n, _ := perSecond.Number(); n != 2 || after.Delta != 4 {
		t.Errorf("4 in 2 s: delta %d, %v a second", after.Delta, n)
	}
}
