//go:build linux

package filter_test

import (
	"errors"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/nltest"
)

func TestMain(m *testing.M) { os.Exit(nltest.Main(m)) }

// TestDestroyAll closes some connections of a server, and no other socket.
func TestDestroyAll(t *testing.T) {
	ns := nltest.New(t)
	ns.Listen("tcp", "127.0.0.1:8080")
	ns.Listen("tcp", "127.0.0.1:8081")
	for range 3 {
		ns.Dial("tcp", "127.0.0.1:8080")
	}
	other := ns.Dial("tcp", "127.0.0.1:8081").LocalAddr().String()
	c, err := diag.Dial(&diag.Config{NetNS: ns.FD()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing was written
	f, err := filter.Parse([]string{"dport = 8080"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	n, err := filter.DestroyAll(t.Context(), c, &q, f, nil)
	if errors.Is(err, unix.EOPNOTSUPP) {
		t.Skip("the kernel was built without INET_DIAG_DESTROY")
	}
	if err != nil || n != 3 {
		t.Errorf("closed %d, %v; want 3", n, err)
	}
	ns.Listening("tcp", "127.0.0.1:8080")
	ns.Connected("tcp", other, "127.0.0.1:8081")
	if n, err := filter.DestroyAll(t.Context(), c, &q, f, nil); err != nil || n != 0 {
		t.Errorf("closed %d more, %v", n, err)
	}
}

// TestDestroyAllEnds checks that the callee gets each socket and can end the loop.
func TestDestroyAllEnds(t *testing.T) {
	ns := nltest.New(t)
	l := ns.Listen("tcp", "127.0.0.1:0")
	for range 3 {
		ns.Dial("tcp", l.Addr().String())
	}
	c, err := diag.Dial(&diag.Config{NetNS: ns.FD()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()                              //nolint:errcheck // nothing was written
	port := uint16(l.Addr().(*net.TCPAddr).Port) //nolint:errcheck // of this network
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, RemotePort: port}
	f := filter.New(nil, [2]uint16{})
	enough := errors.New("enough")
	var seen []error
	n, err := filter.DestroyAll(t.Context(), c, &q, f, func(s *diag.Socket, err error) error {
		if s.Remote.Port() != port {
			t.Errorf("%s to %s", s.Local, s.Remote)
		}
		if seen = append(seen, err); len(seen) == 1 {
			if err := c.Destroy(t.Context(), s); err == nil {
				t.Error("it was closed twice")
			}
			return nil
		}
		return enough
	})
	if errors.Is(errors.Join(seen...), unix.EOPNOTSUPP) {
		t.Skip("the kernel was built without INET_DIAG_DESTROY")
	}
	if n != 2 || !errors.Is(err, enough) || len(seen) != 2 {
		t.Errorf("closed %d of %v, %v; want 2, and the callee's error", n, seen, err)
	}
}
