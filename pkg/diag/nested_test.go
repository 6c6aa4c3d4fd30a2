//go:build linux

package diag

import (
	"errors"
	"net"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// listeners opens n UDP sockets of each family and returns a Conn.
func listeners(t *testing.T, n int) *Conn {
	t.Helper()
	c, err := Dial(&Config{Sources: SourcesNetlink})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // no data to lose
	for range n {
		s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
	}
	return c
}

// TestLookupWithin looks each socket up within the loop over sockets: the loop's socket must not
// change.
func TestLookupWithin(t *testing.T) {
	c := listeners(t, 200)
	q := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP}
	n := 0
	for s, err := range c.Sockets(t.Context(), &q) {
		if errors.Is(err, unix.ENOENT) {
			t.Skip(err) // no udp_diag
		}
		if err != nil {
			t.Fatal(err)
		}
		if !s.Local.Addr().IsLoopback() {
			continue
		}
		n++
		k := s.Key()
		found, err := c.Lookup(t.Context(), &q, &k)
		if errors.Is(err, ErrNotFound) {
			continue // closed meanwhile by another test
		}
		if err != nil || found == s || found.Cookie != k.Cookie || s.Cookie != k.Cookie {
			t.Errorf("looked up %v: %v, %v; the loop's is %v", k, found, err, s)
		}
	}
	if n < 200 {
		t.Errorf("%d sockets, want at least 200", n)
	}
}

// TestGoroutines uses one Conn from four goroutines, then closes it.
func TestGoroutines(t *testing.T) {
	c := listeners(t, 200)
	q := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP}
	if _, err := Collect(c.Sockets(t.Context(), &q)); errors.Is(err, unix.ENOENT) {
		t.Skip(err) // no udp_diag
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 5 {
				if all, err := Collect(c.Sockets(t.Context(), &q)); err != nil || len(all) < 200 {
					t.Errorf("%d sockets, %v; want at least 200", len(all), err)
				}
			}
		})
	}
	group.Wait()
	if n := c.Stats().Sockets; n < 21*200 {
		t.Errorf("%d sockets counted, want at least %d", n, 21*200)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Collect(c.Sockets(t.Context(), &q)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error after Close = %v, want net.ErrClosed", err)
	}
	if _, err := Collect(c.Sockets(t.Context(), nil)); err == nil {
		t.Error("the zero query names no family: no error")
	}
}

// TestDestroyGone destroys a socket that no longer exists.
func TestDestroyGone(t *testing.T) {
	c := listeners(t, 0)
	s := Socket{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Type: unix.SOCK_STREAM, Cookie: 1}
	err := c.Destroy(t.Context(), &s)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOPNOTSUPP) {
		t.Skip(err)
	}
	if !errors.Is(err, ErrNotFound) || !errors.Is(err, unix.ENOENT) {
		t.Errorf("error = %v, want ErrNotFound and ENOENT", err)
	}
}
