package live

import (
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// rowWith returns a connection with drops, or without socket memory if has is 0.
func rowWith(drops uint32, has diag.Fields) *inspect.Row {
	row := endOf(5000, 1).Row
	row.State, row.Has, row.SkMem.Drops = diag.StateEstablished, has, drops
	return row
}

// TestRoom fails a sample: the screen gives back the memory of the one that the next is compared with, which must
// not be that of the next.
func TestRoom(t *testing.T) {
	s := newSampler(configOf(), Wish{Needs: sockets, Selection: &Selection{}}, nil)
	g := s.gathering()
	g.add(rowWith(0, diag.HasSkMem))
	g.Conns[0].owner = s.owners.number(Owner{PID: 5, Name: "app/5"})
	s.keep(g)
	s.recycle(s.conns)
	g = s.gathering()
	g.rescan = false
	g.add(rowWith(0, diag.HasSkMem))
	if got := s.owners.list[g.Conns[0].owner].Name; got != "app/5" {
		t.Errorf("the connection is of %q", got)
	}
}

// TestDropped goes through views that request no socket memory: nothing was dropped meanwhile.
func TestDropped(t *testing.T) {
	s := newSampler(configOf(), Wish{Needs: sockets, Selection: &Selection{}}, nil)
	for i, step := range []struct {
		drops uint32
		has   diag.Fields
		want  uint32
	}{{5, diag.HasSkMem, 0}, {7, diag.HasSkMem, 2}, {0, 0, 0}, {9, diag.HasSkMem, 0}, {10, diag.HasSkMem, 1}} {
		g := s.gathering()
		g.add(rowWith(step.drops, step.has))
		if got := g.Conns[0].dropped; got != step.want {
			t.Errorf("sample %d: %d dropped, want %d", i, got, step.want)
		}
		s.keep(g)
	}
}
