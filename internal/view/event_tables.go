package view

import (
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A Happening is what an event of a table has besides the row.
type Happening struct {
	Change string // New, Changed, Closed; Present after a loss; Lost, without a row
	Time   time.Time
	Lost   uint64 // of Lost: number of events; 0 = unknown
}

// EventsOf is a table with the fields of its events. at returns the current event; it may be nil for
// documents.
func EventsOf[T any](t Table[T], at func() *Happening) Table[T] {
	t.Help = "Events of the table " + t.Name + ": its fields, of the row as it was at that time."
	t.Name = "events-" + t.Name
	columns := make([]render.Column[T], 0, len(t.Columns)+3)
	for i := range t.Columns {
		if t.Columns[i].Needs&Sampled == 0 { // an event is no sample
			columns = append(columns, absentWhere(t.Columns[i], func(*T) bool { return at().Change == Lost }))
		}
	}
	t.Columns = columns
	event := ChangeColumn(func(*T) string { return at().Change })
	event.Key, event.Title = "event", "EVENT"
	event.Help = "Kind of event: new, changed, closed (deleted); lost, without a row, if events were not read in " +
		"time, followed by present for each current row."
	t.Columns = append([]render.Column[T]{event, {
		Key: "time", Title: "TIME", Kind: render.KindTime, Type: render.TypeTime, Help: "Time of the kernel's event.",
		Value: func(*T) render.Value { return render.At(at().Time) },
		Text:  func(dst []byte, _ *T) []byte { return at().Time.AppendFormat(dst, "15:04:05.000") },
	}}, t.Columns...)
	t.Columns = append(t.Columns, render.Column[T]{
		Key: "lost_events", Title: "LOST-EVENTS", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
		Help: "Number of events before this one that were not read in time; only of the event lost; absent if unknown.",
		Value: func(*T) render.Value {
			if n := at().Lost; n > 0 {
				return render.Uint(n)
			}
			return render.Value{}
		},
	})
	t.Default = append([]string{"time", "event"}, t.Default...)
	return t
}
