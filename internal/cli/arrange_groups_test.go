package cli

import (
	"testing"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// TestGroupsApart checks that processes of one name are told from one process with several sockets.
func TestGroupsApart(t *testing.T) {
	type row struct {
		name string
		pid  uint64
	}
	cols := []render.Column[row]{
		{Key: "process", Value: func(r *row) render.Value { return render.Name(r.name) }},
		{Key: "pid", Value: func(r *row) render.Value {
			if r.pid == 0 {
				return render.Value{}
			}
			return render.Uint(r.pid)
		}},
	}
	s := sheet[row]{table: &view.Table[row]{Columns: cols}}
	for _, tt := range []struct {
		rows []row
		want bool
	}{
		{[]row{{"app", 7}, {"app", 7}, {"db", 8}}, false},
		{[]row{{"(orphan)", 0}, {"(orphan)", 0}, {"app", 7}}, false},
		{[]row{{"app", 7}, {"db", 8}, {"app", 9}}, true},
	} {
		parts, _ := s.partsOf(cols[:1], 0)
		groups := render.GroupBy(render.New(t.Output(), render.GroupColumns(cols[:1], nil), render.Options{}), cols[:1], nil)
		of := apart[row]{Writer: groups, parts: parts, seen: map[string]uint64{}}
		for i := range tt.rows {
			if err := of.Row(&tt.rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		if of.found != tt.want {
			t.Errorf("%v: %v, want %v", tt.rows, of.found, tt.want)
		}
	}
	if parts, _ := s.partsOf(cols, 0); parts != nil {
		t.Error("groups by process and pid have a hint")
	}
}
