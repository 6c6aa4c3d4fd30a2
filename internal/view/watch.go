package view

import (
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// Watch describes how samples of a table are compared.
type Watch[T any] struct {
	// Key columns identify a row, Facts are those whose change is reported.
	Key, Facts []string
	// Keep returns a copy of a row that stays valid after the row is overwritten.
	Keep func(row *T) *T
	// Since computes rates from an earlier sample of the row, an interval ago; was is nil in the first sample.
	// Since is nil for tables without counters.
	Since func(row, was *T, interval time.Duration)
}

// The changes of a row between samples. An unchanged row has the empty string.
const (
	Present = "present" // in the first sample
	New     = "new"
	Changed = "changed"
	Closed  = "closed"
)

// The changes of rows that only one of two hosts has: nothing was opened or closed there.
const (
	OnlyInA = "only in A"
	OnlyInB = "only in B"
)

// ChangeColumn is the change of each row.
func ChangeColumn[T any](change func(*T) string) render.Column[T] {
	return render.Column[T]{
		Key: "change", Title: "CHANGE", Kind: render.KindString, Type: render.TypeWord,
		Help: "Change: new (+), changed (~), closed (x), or left (-): it no longer matches; in a comparison of two hosts " +
			OnlyInA + " or " + OnlyInB + ".",
		Value: func(row *T) render.Value { return render.Name(change(row)) },
		Style: func(row *T) render.Style {
			switch change(row) {
			case New:
				return render.StyleGood
			case Closed, Expired:
				return render.StyleBad
			case OnlyInA:
				return render.StyleOther
			case OnlyInB:
				return render.StyleAccent
			default:
				return render.StyleNotice
			}
		},
	}
}

// WasColumn is the state before a change.
func WasColumn() render.Column[Socket] {
	return render.Column[Socket]{
		Key: "was", Title: "WAS", Kind: render.KindString, Type: render.TypeWord,
		Help: "State in the older recording; of sockets whose state changed.",
		Value: func(s *Socket) render.Value {
			if s.Was == diag.StateUnknown || s.Was == s.State {
				return render.Value{}
			}
			old := *s.Socket
			old.State = s.Was
			return render.Name(old.ShownState().String())
		},
	}
}

// EventColumn is ChangeColumn for a stream of events.
func EventColumn[T any](change func(*T) string) render.Column[T] {
	c := ChangeColumn(change)
	c.Key, c.Title = "event", "EVENT"
	c.Help = "Event: present in the first sample, new, changed, closed, or sample if only rates changed."
	c.Value = func(row *T) render.Value {
		if what := change(row); what != "" {
			return render.Name(what)
		}
		return render.Name("sample")
	}
	return c
}

// TimeColumn is the time of the sample.
func TimeColumn[T any](clock func() time.Time) render.Column[T] {
	return render.Column[T]{
		Key: "time", Title: "TIME", Kind: render.KindTime, Type: render.TypeTime, Help: "Time of the sample.",
		Value: func(*T) render.Value { return render.At(clock()) },
	}
}

// MarkColumn is ChangeColumn for a screen: one character.
func MarkColumn[T any](change func(*T) string) render.Column[T] {
	c := ChangeColumn(change)
	c.Title = " "
	c.Text = func(dst []byte, row *T) []byte {
		switch change(row) {
		case New:
			return append(dst, '+')
		case Closed, Expired:
			return append(dst, 'x')
		case Left:
			return append(dst, '-')
		case Changed:
			return append(dst, '~')
		default:
			return append(dst, ' ')
		}
	}
	return c
}

// ChangeName returns the name of a socket's change, "" if it is unchanged.
func ChangeName(c inspect.Change) string {
	return [...]string{
		inspect.ChangeNone: "", inspect.ChangePresent: Present, inspect.ChangeAdded: New, inspect.ChangeChanged: Changed,
		inspect.ChangeRemoved: Closed, inspect.ChangeLeft: Left, inspect.ChangeExpired: Expired, inspect.ChangeSampled: "", inspect.ChangeIdle: "",
		inspect.ChangeLost: Lost,
	}[c]
}
