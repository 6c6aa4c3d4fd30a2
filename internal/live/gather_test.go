package live

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

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

// TestAccepted goes to the listeners, and to others by a filter: connections are new only where the sample before
// has counted the same ones.
func TestAccepted(t *testing.T) {
	rows := func(conns int) (rows []*inspect.Row) {
		local := netip.MustParseAddrPort("10.0.0.1:80")
		for i := range conns + 1 {
			row := &inspect.Row{NetNS: 1, Socket: &diag.Socket{
				Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Local: local, State: diag.StateListen,
				Cookie: uint64(i + 1), Inode: uint32(i + 1),
			}}
			if i > 0 {
				row.State = diag.StateEstablished
				row.Remote = netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), uint16(i))
			}
			rows = append(rows, row)
		}
		return rows
	}
	all, some := &Selection{}, &Selection{Text: "some"}
	counted := Wish{Needs: sockets, Counted: true, Selection: all}
	others := counted
	others.Selection = some
	s := newSampler(configOf(), Wish{Needs: sockets, Selection: all}, nil)
	for i, step := range []struct {
		wish  Wish
		conns int
		rated bool
		fresh bool
	}{
		{s.wish, 17, false, false},
		{counted, 17, false, false},
		{counted, 17, true, false},
		{counted, 18, true, true},
		{others, 18, false, false},
		{others, 18, true, false},
	} {
		s.wish = step.wish
		g := s.gathering()
		for _, row := range rows(step.conns) {
			g.add(row)
		}
		g.health()
		s.keep(g)
		if l := g.Listener[0]; l.Rated != step.rated || l.Accepted > 0 != step.fresh {
			t.Errorf("sample %d: %g accepted a second, known: %v", i, l.Accepted, l.Rated)
		}
	}
}
