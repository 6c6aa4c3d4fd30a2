//go:build linux

package link

import (
	"net"
	"testing"
)

// TestNames requests the name of loopback in both ways.
func TestNames(t *testing.T) {
	t.Parallel()
	lo, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Skip("no link 1 here:", err)
	}
	const nobody = 1<<31 - 1
	for _, tt := range []struct {
		name  string
		whole bool
	}{{"each alone", false}, {"all at once", true}} {
		n := NewNames(nil)
		n.whole = tt.whole
		if got := n.Name(1); got != lo.Name || n.Err() != nil {
			t.Errorf("%s: Name(1) = %q, %v; want %q", tt.name, got, n.Err(), lo.Name)
		}
		if got := n.Name(nobody); got != "" || n.Name(0) != "" || n.Err() != nil {
			t.Errorf("%s: a link that is not there is called %q, %v", tt.name, got, n.Err())
		}
		if n.loaded != tt.whole || (n.conn != nil) != tt.whole {
			t.Errorf("%s: loaded %v, connected %v", tt.name, n.loaded, n.conn != nil)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if got := n.Name(1); got != lo.Name {
			t.Errorf("%s: after Close Name(1) = %q", tt.name, got)
		}
	}
}

// TestNamesRefused checks that netlink is used if the socket fails.
func TestNamesRefused(t *testing.T) {
	t.Parallel()
	lo, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Skip("no link 1 here:", err)
	}
	n := NewNames(nil)
	defer n.Close() //nolint:errcheck // no data to lose
	if n.Name(1); n.whole {
		t.Skip("no names by ioctl here")
	}
	if err := n.socket.close(); err != nil {
		t.Fatal(err)
	}
	n.socket.fd = 1<<20 + 1 // not a valid descriptor
	clear(n.byID)
	if got := n.Name(1); got != lo.Name || n.Err() != nil || !n.whole {
		t.Errorf("Name(1) = %q, %v, by netlink %v; want %q", got, n.Err(), n.whole, lo.Name)
	}
	n.socket.fd = 0
}
