package view

import (
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// Watch is what has to be known of a table to look at it again and again.
type Watch[T any] struct {
	// Key are the columns that tell rows apart, Facts those whose change is news.
	Key, Facts []string
	// Keep returns a copy of a row that stays when the row is overwritten.
	Keep func(row *T) *T
	// Since makes rates from an earlier look at the row, an interval ago; was is nil at the first. It may
	// be nil itself, where nothing is counted.
	Since func(row, was *T, interval time.Duration)
}

// What may have happened to a row since the last look. That of one which is as it was is empty.
const (
	Present = "present" // there at the first look
	New     = "new"
	Changed = "changed"
	Closed  = "closed"
)

// ChangeColumn says how rows differ from before.
func ChangeColumn[T any](change func(*T) string) render.Column[T] {
	return render.Column[T]{
		Key: "change", Title: "CHANGE", Kind: render.String, Type: render.TypeWord,
		Help:  "What happened: new, changed or closed.",
		Value: func(row *T) render.Value { return render.Name(change(row)) },
		Style: func(row *T) render.Style {
			switch change(row) {
			case New:
				return render.Good
			case Closed:
				return render.Bad
			default:
				return render.Notice
			}
		},
	}
}

// EventColumn is ChangeColumn for a stream of events.
func EventColumn[T any](change func(*T) string) render.Column[T] {
	c := ChangeColumn(change)
	c.Key, c.Title = "event", "EVENT"
	c.Help = "What happened: present at the first look, new, changed, closed, or sample if only rates have."
	c.Value = func(row *T) render.Value {
		if what := change(row); what != "" {
			return render.Name(what)
		}
		return render.Name("sample")
	}
	return c
}

// TimeColumn says when the event was seen.
func TimeColumn[T any](clock func() time.Time) render.Column[T] {
	return render.Column[T]{
		Key: "time", Title: "TIME", Kind: render.Time, Type: render.TypeTime, Help: "When it was seen.",
		Value: func(*T) render.Value { return render.At(clock()) },
	}
}

// MarkColumn is ChangeColumn for a screen: one sign.
func MarkColumn[T any](change func(*T) string) render.Column[T] {
	c := ChangeColumn(change)
	c.Title = " "
	c.Text = func(dst []byte, row *T) []byte {
		switch change(row) {
		case New:
			return append(dst, '+')
		case Closed:
			return append(dst, 'x')
		case Changed:
			return append(dst, '~')
		default:
			return append(dst, ' ')
		}
	}
	return c
}

// ChangeName returns the name of what happened to a socket, "" if nothing did.
func ChangeName(c inspect.Change) string {
	return [...]string{
		inspect.Same: "", inspect.Present: Present, inspect.Added: New, inspect.Changed: Changed, inspect.Removed: Closed,
	}[c]
}
