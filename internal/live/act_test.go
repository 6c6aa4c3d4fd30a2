package live

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestAskClose checks that a question names the socket, that the socket stays the one that was named whatever
// the rows do meanwhile, and that nothing but y closes it.
func TestAskClose(t *testing.T) {
	m := modelOf(100, 24, sampleOf(3, 2, 1))
	press(m, "2", "K")
	m.Orders()
	if text := strings.Join(m.Lines(), "\n"); !strings.Contains(text, "Close tcp ESTAB 10.0.0.1:80 to 10.0.0.2:1 of p0/100?") {
		t.Fatalf("the question does not name the socket\n%s", text)
	}
	m.Take(sampleOf(1, 2, 3)) // another row is at the cursor now
	press(m, "y")
	orders := m.Orders()
	if len(orders) != 1 {
		t.Fatalf("%d orders", len(orders))
	}
	c, ok := orders[0].(*closing)
	if !ok || c.ID.Cookie != 1 || c.ID.NetNS != 1 || c.Owner.PID != 100 {
		t.Errorf("order %+v", orders[0])
	}
	for _, answer := range []string{"n", "esc", "enter", "Y", "paste", "K", "q"} {
		press(m, "K")
		m.Key(answer, "y")
		if orders := m.Orders(); orders != nil || m.Done() || m.layer != nil {
			t.Errorf("%s: orders %v, left: %v", answer, orders, m.Done())
		}
	}
}

// TestAskNothing checks what cannot be closed or ended.
func TestAskNothing(t *testing.T) {
	s := sampleOf(3)
	s.Conns[0].known = false
	m := modelOf(100, 24, s)
	last := func() string { lines := m.Lines(); return lines[len(lines)-1] }
	for _, c := range []struct{ keys, want string }{
		{"1K", "choose one"},
		{"2K", "is not closed"},
		{"2T", "mark the row"},
		{"1T", "mark the row"},
		{"4T", "no process"},
		{"5T", "no process"},
		{"7K", "choose one"},
	} {
		press(m, strings.Split(c.keys, "")...)
		press(m, "n") // to the question that is not asked
		if !strings.Contains(last(), c.want) || m.layer != nil || m.all {
			t.Errorf("%s: %q, want %q", c.keys, last(), c.want)
		}
	}
	m.cfg.Replay = true
	for _, key := range []string{"K", "T"} {
		press(m, "2", key)
		if !strings.Contains(last(), "recording") {
			t.Errorf("%s of a recording: %q", key, last())
		}
	}
	m.cfg.Replay, m.cfg.Limited = false, true
	press(m, "3", "T")
	if !strings.Contains(last(), "more rights") || m.layer != nil {
		t.Errorf("T with the rights of another user: %q", last())
	}
}

// TestAskWhat checks what questions tell about others, and that they are as dark as the text: yellow is hard to
// read on white.
func TestAskWhat(t *testing.T) {
	for _, c := range []struct {
		target Target
		want   string
	}{
		{Target{State: diag.StateListen, Proto: "tcp"}, "New connections are refused"},
		{Target{State: diag.StateTimeWait, Proto: "tcp"}, "Neither"},
		{Target{State: diag.StateClose, Proto: "udp"}, "an error."},
		{Target{State: diag.StateEstablished, Proto: "tcp", Remote: netip.MustParseAddrPort("[::1]:1")}, "the peer a reset"},
	} {
		if got := c.target.closed(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", &c.target, got)
		}
	}
	m := modelOf(100, 24, sampleOf(1))
	m.cfg.Color = true
	press(m, "2", "K")
	if text := strings.Join(m.Lines(), "\n"); !strings.Contains(text, "\x1b[1m Close tcp") {
		t.Errorf("the question is not bold\n%q", text)
	}
}

// TestAskEnd checks that processes that listen may be ended, others where their row is marked, and that the
// order has a socket by which the process is found again.
func TestAskEnd(t *testing.T) {
	s := sampleOf(3, 2)
	s.Listener = []Listener{{Owner: s.Owners[1], Socket: Target{Owner: s.Owners[1], Inode: 77, Proto: "tcp"}}}
	m := modelOf(100, 24, s)
	end := func(keys ...string) *ending {
		t.Helper()
		m.Orders()
		press(m, keys...)
		if _, ok := m.layer.(*question); !ok {
			t.Fatalf("%v: no question\n%s", keys, strings.Join(m.Lines(), "\n"))
		}
		press(m, "y")
		for _, o := range m.Orders() {
			if e, ok := o.(*ending); ok {
				return e
			}
		}
		t.Fatalf("%v: no order", keys)
		return nil
	}
	if e := end("3", "T"); e.Owner.PID != 101 || e.Inode != 77 {
		t.Errorf("the listener: %+v", e)
	}
	if e := end("1", "j", "T"); e.Owner.PID != 101 || e.Inode != 77 {
		t.Errorf("the process of the listener: %+v", e)
	}
	if e := end("g", "w", "T"); e.Owner.PID != 100 || e.Inode != 1000 {
		t.Errorf("a marked process: %+v", e)
	}
	if e := end("2", "w", "T"); e.Owner.PID != 100 || e.Inode != 1000 {
		t.Errorf("a marked connection: %+v", e)
	}
}
