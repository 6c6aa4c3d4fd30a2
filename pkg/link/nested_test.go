//go:build linux

package link

import (
	"errors"
	"net"
	"sync"
	"testing"
)

// TestNested lists the addresses of each link, and looks the link up again, within the loop over links. The
// queries may be nil.
func TestNested(t *testing.T) {
	c, err := Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // no data to lose
	want, err := c.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := c.ListAddresses(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	links, found := 0, 0
	for l, err := range c.Links(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		links++
		again, err := c.Link(t.Context(), l.Index)
		if err != nil || again.Index != l.Index || string(again.Name()) != string(l.Name()) {
			t.Errorf("link %d %q is %v when looked up, %v", l.Index, l.Name(), again, err)
		}
		for a, err := range c.Addresses(t.Context(), &AddressQuery{Link: l.Index}) {
			if err != nil || a.Link != l.Index {
				t.Errorf("address %v of link %d, %v; want link %d", a, a.Link, err, l.Index)
			}
			found++
		}
	}
	if links != len(want) || found != len(addresses) {
		t.Errorf("%d links and %d addresses, want %d and %d", links, found, len(want), len(addresses))
	}
}

// TestGoroutines uses one Conn from four goroutines, then closes it.
func TestGoroutines(t *testing.T) {
	c, err := Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 10 {
				if got, err := c.List(t.Context(), nil); err != nil || len(got) != len(want) {
					t.Errorf("%d links, %v; want %d", len(got), err, len(want))
				}
			}
		})
	}
	group.Wait()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.List(t.Context(), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error after Close = %v, want net.ErrClosed", err)
	}
}
