package view

import (
	"cmp"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// Events of a watch besides those of [ChangeName].
const (
	Left    = "left"    // no longer matches
	Expired = "expired" // an entry of TIME-WAIT, whose connection was closed before
	Lost    = "lost"    // sockets were destroyed without an event
)

// Events is the socket table with the fields of events. event returns the current event; it may be nil for
// documents.
func Events(n *names.Names, event func() *inspect.Event) Table[Socket] {
	t := Sockets(n)
	t.Name = "events"
	t.Help = "Events of sockets, as nlstat events and nlstat --watch write them: the socket as it was at that time."
	for i := range t.Columns {
		t.Columns[i] = ofEvent(t.Columns[i])
		if t.Columns[i].Key == "bytes_received" {
			t.Columns[i].Fit.Drop = 1
		}
	}
	t.Columns = append(eventColumns(event), t.Columns...)
	t.Default = []string{
		"time", "event", "proto", "local", "remote", "process", "process_from", "duration", "bytes_sent", "bytes_received",
	}
	return t
}

// eventColumns are the event, its time, and the known lifetime of the socket.
func eventColumns(event func() *inspect.Event) []render.Column[Socket] {
	return []render.Column[Socket]{
		{
			Key: "event", Title: "EVENT", Kind: render.KindString, Type: render.TypeWord,
			Help: "Kind of event: closed; with samples also present (found in the first sample), new, changed, left (no longer " +
				"matches), expired (an entry of TIME-WAIT, or of FIN-WAIT-2 without a socket, expired), sample (unchanged); lost, without a socket, if events were lost.",
			Value: func(*Socket) render.Value { return render.Name(eventName(event())) },
			Style: func(*Socket) render.Style {
				switch event().Change {
				case inspect.ChangeAdded:
					return render.StyleGood
				case inspect.ChangeRemoved, inspect.ChangeLost:
					return render.StyleBad
				default:
					return render.StyleNotice
				}
			},
		},
		{
			Key: "time", Title: "TIME", Kind: render.KindTime, Type: render.TypeTime,
			Help:  "Time of the kernel's event, or of the sample.",
			Value: func(*Socket) render.Value { return render.At(event().Time) },
			Text:  func(dst []byte, _ *Socket) []byte { return event().Time.AppendFormat(dst, "15:04:05.000") },
		},
		{
			Key: "process_from", Title: "FROM", Kind: render.KindString, Type: render.TypeWord, Fit: render.Fit{Drop: 3},
			Help: "Origin of the process: seen, found by a sample; listener, it listens on the local port. Absent if the " +
				"process is unknown, as for client connections shorter than the sampling interval.",
			Value: func(s *Socket) render.Value { return render.Name(ownerFrom(s)) },
		},
		{
			Key: "first_seen", Title: "FIRST-SEEN", Kind: render.KindTime, Type: render.TypeTime,
			Help: "Time of the first sample that contains the socket; absent if none does.",
			Value: func(s *Socket) render.Value {
				if s.Life.FirstSeen.IsZero() {
					return render.Value{}
				}
				return render.At(s.Life.FirstSeen)
			},
		},
		{
			Key: "duration", Title: "LASTED", Kind: render.KindDuration, Type: render.TypeDuration, Right: true,
			Fit: render.Fit{Drop: 2},
			Help: "Time between the first sample of a closed socket and its end; absent if it existed before the first sample " +
				"or was in none: the kernel does not record its creation.",
			Value: func(s *Socket) render.Value {
				if d, ok := s.Life.Duration(); ok {
					return render.Dur(d)
				}
				return render.Value{}
			},
		},
		{
			Key: "final", Title: "FINAL", Kind: render.KindBoolean, Type: render.TypeFlag,
			Help: "Whether the counters of a closed socket are final, from the kernel's event, or those of the last sample.",
			Value: func(s *Socket) render.Value {
				if s.Life.Ended.IsZero() {
					return render.Value{}
				}
				return render.Bool(s.Life.Final)
			},
		},
		{
			Key: "lost_events", Title: "LOST-EVENTS", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
			Help: "Number of sockets destroyed without an event before this one; only of the event lost.",
			Value: func(*Socket) render.Value {
				if e := event(); e.Change == inspect.ChangeLost && e.Lost > 0 {
					return render.Uint(e.Lost)
				}
				return render.Value{}
			},
		},
	}
}

func eventName(e *inspect.Event) string { return cmp.Or(ChangeName(e.Change), "sample") }

func ownerFrom(s *Socket) string {
	switch s.Life.From {
	case inspect.OwnerSeen:
		return "seen"
	case inspect.OwnerOfListener:
		return "listener"
	default:
		return ""
	}
}

// Nothing is the row of an event without a socket: its fields are absent.
func Nothing(n *names.Names) *Socket {
	return &Socket{Row: &inspect.Row{Socket: &diag.Socket{}}, Names: n}
}

// untold are the fields that the kernel's event of a closed socket leaves zero; true = only for UDP.
var untold = map[string]bool{
	"timer": false, "timer_left": false, "retransmits": false, "recvq": true, "sendq": true,
}

// ofEvent makes a column absent if the event does not have the value.
func ofEvent(c render.Column[Socket]) render.Column[Socket] {
	udpOnly, some := untold[c.Key]
	return absentWhere(c, func(s *Socket) bool {
		return s.Family == unix.AF_UNSPEC ||
			some && s.Source == diag.SourceEvent && (!udpOnly || s.Protocol == unix.IPPROTO_UDP)
	})
}

// absentWhere makes a column absent in some rows.
func absentWhere[T any](c render.Column[T], absent func(*T) bool) render.Column[T] {
	value, text := c.Value, c.Text
	c.Value = func(row *T) render.Value {
		if absent(row) {
			return render.Value{}
		}
		return value(row)
	}
	if text != nil {
		c.Text = func(dst []byte, row *T) []byte {
			if absent(row) {
				return dst
			}
			return text(dst, row)
		}
	}
	return c
}
