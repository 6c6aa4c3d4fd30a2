package live

import (
	"slices"

	"github.com/nlstat/nlstat/pkg/render"
)

// A room remembers which columns of a view have values, and for which there was room. On a narrow terminal
// those that have only zeros are left out before others. What was shown stays in the next samples, unless a
// column that had none gets a value.
type room struct {
	values map[string]content
	width  int             // of the terminal
	shown  map[string]bool // columns that were on the screen with this width; nil = it was not drawn
}

// A content is the most that a column has held.
type content uint8

const (
	nothing content = iota // rates come with the second sample
	zeros                  // and texts that are empty
	something
)

// weigh adds a value of a column.
func (r *room) weigh(key string, v *render.Value) {
	what := something
	switch n, number := v.Number(); {
	case v.Kind() == render.KindNone:
		what = nothing
	case number && n == 0, v.Kind() == render.KindString && len(v.Append(nil)) == 0:
		what = zeros
	}
	if r.values == nil {
		r.values = map[string]content{}
	}
	r.values[key] = max(r.values[key], what)
}

// rank is added to the order in which a column is left out.
func (r *room) rank(key string, width int) int {
	const (
		idle   = 1
		unseen = 20 // more than [render.Fit.Drop] of any column
	)
	rank := unseen
	first := r.shown == nil || r.width != width
	switch {
	case r.values[key] == something:
		return 0
	case r.values[key] == nothing, !first && r.shown[key]:
		rank = idle
	}
	if key == "drops" {
		rank += unseen / 4 // no drops are the rule
	}
	return rank
}

// drawn notes which of the columns were on the screen.
func drawn[T any](r *room, width int, cols []render.Column[T], left []string) {
	if r.shown == nil || r.width != width {
		r.width, r.shown = width, map[string]bool{}
	}
	for i := range cols {
		if key := cols[i].Key; !slices.Contains(left, key) {
			r.shown[key] = true
		}
	}
}

// has reports whether there was room for a column.
func (r *room) has(key string) bool { return r.shown == nil || r.shown[key] }
