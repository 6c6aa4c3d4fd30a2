package live

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// endOf is the event of a connection of a port that was closed.
func endOf(port uint16, cookie uint64) *inspect.Event {
	return &inspect.Event{Change: inspect.ChangeRemoved, Time: time.Unix(10, 0), Row: &inspect.Row{
		NetNS: 1, Socket: &diag.Socket{
			Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Cookie: cookie, State: diag.StateClose,
			Local:  netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), port),
			Remote: netip.MustParseAddrPort("10.0.0.2:9"),
		},
	}}
}

// TestMourn checks whose a closed connection was: of a process that a sample has found, with how long it
// lasted, unless it was there before; of the listener of its port; else of nobody.
func TestMourn(t *testing.T) {
	s := newSampler(configOf(), Wish{}, nil)
	s.begun = time.Unix(0, 0)
	g := &gathering{sampler: s, Sample: &Sample{}, held: map[inspect.Identity]*heldListener{
		{NetNS: 1}: {socket: Target{Local: netip.MustParseAddrPort("0.0.0.0:80"), Owner: Owner{PID: 7, Name: "web/7"}}},
	}}
	owner := s.owners.number(Owner{PID: 5, Name: "app/5"})
	nobody := s.owners.number(Owner{Name: "(not accepted)"})
	seen := map[uint64]Conn{
		1: {owner: owner, born: 4000}, 2: {owner: owner, early: true}, 3: {owner: nobody, born: 4000},
	}
	for cookie, c := range seen {
		c.ID = idOf(s.hasher, 1, endOf(0, cookie).Row.Socket)
		g.Conns = append(g.Conns, c)
	}
	s.keep(g)
	for _, e := range []*inspect.Event{endOf(5000, 1), endOf(5000, 2), endOf(80, 3), endOf(80, 4), endOf(5000, 5)} {
		s.ends.add(e)
	}
	list := s.ends.take()
	g.mourn(list, func(id connID) *Conn {
		c, _ := s.before(id, 0)
		return c
	})
	g.inherit(list)
	for i, want := range []struct {
		owner  string
		lasted time.Duration
	}{{"app/5", 6 * time.Second}, {"app/5", 0}, {"web/7 (l)", 6 * time.Second}, {"web/7 (l)", 0}, {"", 0}} {
		if list[i].Owner != want.owner || list[i].Lasted != want.lasted {
			t.Errorf("connection %d: %q, %v, want %+v", i, list[i].Owner, list[i].Lasted, want)
		}
	}
}

// TestMournRescan ends a connection while owners are looked up anew: its process is the one that was found, not
// another one that has its number by now.
func TestMournRescan(t *testing.T) {
	s := newSampler(configOf(), Wish{Needs: sockets, Selection: &Selection{}}, nil)
	g := s.gathering()
	c := Conn{ID: idOf(s.hasher, 1, endOf(0, 1).Row.Socket), early: true}
	s.owners.number(Owner{Name: "(not accepted)"})
	c.owner = s.owners.number(Owner{PID: 5, Name: "app/5"})
	g.Conns = append(g.Conns, c)
	s.keep(g)
	for _, others := range []int{0, 2} {
		s.scanned = time.Time{}
		g = s.gathering()
		for i := range others {
			s.owners.number(Owner{PID: 9, Name: fmt.Sprint("other/", i)})
		}
		s.ends.add(endOf(5000, 1))
		list := s.ends.take()
		g.mourn(list, func(id connID) *Conn {
			c, _ := s.before(id, 0)
			return c
		})
		if list[0].Owner != "app/5" {
			t.Errorf("with %d new owners: %q", others, list[0].Owner)
		}
	}
}

// TestObituary checks that all that were closed are counted and the last are kept, however many there are.
func TestObituary(t *testing.T) {
	o := &obituary{hasher: inspect.NewHasher()}
	for range 3 {
		for range mostEnded - 1 {
			o.add(endOf(80, 1))
		}
		o.take()
	}
	if c := o.now(true); c.Total != 3*(mostEnded-1) || len(c.Last) != mostEnded {
		t.Errorf("%d were closed, %d are kept", c.Total, len(c.Last))
	} else if last := c.Last[len(c.Last)-1].number; last != c.Total {
		t.Errorf("the last is number %d", last)
	}
	for range 2 * mostEnded {
		o.add(endOf(80, 1))
	}
	if got := len(o.take()); got != mostEnded {
		t.Errorf("%d new ones are kept", got)
	}
	if c := o.now(false); c.Last != nil || c.Total != 3*(mostEnded-1)+2*mostEnded {
		t.Errorf("%d rows, %d were closed", len(c.Last), c.Total)
	}
}

// TestClosedView shows the newest first, and why there are none.
func TestClosedView(t *testing.T) {
	s := sampleOf(1)
	s.Closed = Closed{Total: 2, Lost: 3, Last: []Ended{
		{number: 1, At: time.Unix(1, 0), Owner: "old/1"}, {number: 2, At: time.Unix(2, 0), Owner: "new/2"},
	}}
	m := modelOf(120, 24, s)
	press(m, "5")
	text := strings.Join(m.Lines(), "\n")
	if first, second := strings.Index(text, "new/2"), strings.Index(text, "old/1"); first < 0 || second < first {
		t.Errorf("not the newest first\n%s", text)
	}
	if !strings.Contains(text, ": 2, lost: 3") {
		t.Errorf("the counts are not told\n%s", text)
	}
	s = sampleOf(1)
	s.Closed.Err = errors.New("needs CAP_NET_ADMIN")
	m.Take(s)
	if text = strings.Join(m.Lines(), "\n"); !strings.Contains(text, "needs CAP_NET_ADMIN") {
		t.Errorf("it is not told why\n%s", text)
	}
}
