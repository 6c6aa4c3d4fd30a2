package live

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/render"
)

// TestAbsentLast sorts numbers in both orders: rows without one come last, also behind those that have 0.
func TestAbsentLast(t *testing.T) {
	type row struct {
		id    int
		value render.Value
	}
	for _, v := range []struct {
		name          string
		values        []render.Value
		falling, rise []int
	}{
		{
			"counters",
			[]render.Value{{}, render.Uint(0), {}, render.Uint(7), render.Uint(0)},
			[]int{3, 1, 4, 0, 2},
			[]int{1, 4, 3, 0, 2},
		},
		{"rates", []render.Value{{}, render.Float(0), render.Float(-1)}, []int{1, 2, 0}, []int{2, 1, 0}},
		{"texts", []render.Value{{}, render.Name("a"), render.Name("b")}, []int{2, 1, 0}, []int{1, 2, 0}},
	} {
		t.Run(v.name, func(t *testing.T) {
			rows := make([]row, len(v.values))
			for i := range rows {
				rows[i] = row{i, v.values[i]}
			}
			column := render.Column[row]{
				Key: "n", Kind: render.KindUnsigned, Type: render.TypeCounter,
				Value: func(r *row) render.Value { return r.value },
			}
			l := list[row, int]{
				cols: []render.Column[row]{column}, sort: "n",
				of: func() []row { return rows }, id: func(r *row) int { return r.id },
			}
			for reverse, want := range map[bool][]int{false: v.falling, true: v.rise} {
				l.reverse = reverse
				l.update(false)
				var got []int
				for i := range l.rows() {
					got = append(got, l.at(i).id)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("reverse %v (-want +got):\n%s", reverse, diff)
				}
			}
		})
	}
}
