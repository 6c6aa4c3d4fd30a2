//go:build linux

package diag

import (
	"net"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// boundOnly makes n sockets that are bound, but neither listening nor connected.
func boundOnly(t *testing.T, n int) {
	t.Helper()
	for range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestApart lists more bound sockets than fit into the channel between the two dumps, listeners and
// connections: the result must be that of one dump, in the same order.
func TestApart(t *testing.T) {
	if !kernelSince(6, 8) {
		t.Skip("bound sockets are listed since Linux 6.8")
	}
	boundOnly(t, maxHeld+50)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for range 20 {
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	c, err := Dial(&Config{ReadAhead: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	q := Query{Protocol: unix.IPPROTO_TCP, Family: unix.AF_INET, Legacy: true}
	// Other tests open and close sockets meanwhile: one of twenty comparisons must succeed.
	var want, got []uint64
	for range 20 {
		want, got = cookies(t, c.Sockets, &q), cookies(t, c.apart, &q)
		if slices.Equal(want, got) && len(got) >= maxHeld+90 {
			break
		}
	}
	if len(got) < maxHeld+90 || !slices.Equal(want, got) {
		t.Errorf("%d sockets by two dumps, %d by one, want the same ones in the same order", len(got), len(want))
	}
	before := c.Stats().Sockets
	n := uint64(len(cookies(t, c.apart, &q)))
	if counted := c.Stats().Sockets - before; counted != n {
		t.Errorf("Stats counted %d sockets of %d", counted, n)
	}
	for stop := range 3 { // before, among and after those that are only bound
		n := 0
		for _, err := range c.apart(t.Context(), &q) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > stop*(maxHeld/2) {
				break
			}
		}
		if got := cookies(t, c.apart, &q); len(got) < maxHeld+90 {
			t.Errorf("%d sockets after a list was left at %d", len(got), n)
		}
	}
}

func cookies(t *testing.T, list lister, q *Query) (all []uint64) {
	t.Helper()
	for s, err := range list(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s.Cookie)
	}
	return all
}

// TestDivides covers each reason not to split a query.
func TestDivides(t *testing.T) {
	for _, tt := range []struct {
		states StateSet
		want   bool
	}{
		{StatesKnown, true},
		{0, true}, // no state given: all
		{States(StateEstablished, StateBoundInactive), true},
		{States(StateListen, StateEstablished), false},
		{States(StateListen, StateBoundInactive), false},
	} {
		q := Query{States: tt.states}
		if got := q.divides(); got != tt.want {
			t.Errorf("divides() with states %v = %v, want %v", tt.states, got, tt.want)
		}
	}
}
