package inspect_test

import (
	"net"
	"testing"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// TestZeroPlan lists the sockets of TCP and UDP by the zero plan and by plans with needs only.
func TestZeroPlan(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // unused
	u, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close() //nolint:errcheck // likewise
	s, err := inspect.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // read-only
	for _, p := range []*inspect.Plan{nil, {}, {Needs: inspect.NeedTCP | inspect.NeedMem}} {
		found := map[string]diag.Fields{}
		for row, err := range s.Sockets(t.Context(), p) {
			if err != nil {
				t.Fatal(err)
			}
			found[row.Local.String()] = row.Has
		}
		if _, ok := found[u.LocalAddr().String()]; !ok {
			t.Errorf("%+v: no %s among %d sockets", p, u.LocalAddr(), len(found))
		}
		has, ok := found[l.Addr().String()]
		if want := p != nil && p.Needs != 0; !ok || (has&diag.HasTCPInfo != 0) != want {
			t.Errorf("%+v: %s has %b, want tcp_info: %v", p, l.Addr(), has, want)
		}
	}
	for e, err := range s.Watch(t.Context(), nil, time.Hour) {
		if err != nil || e.Change.Shown() && e.Row == nil {
			t.Fatalf("%+v, %v", e, err)
		}
		if e.Change == inspect.ChangeSampled {
			break
		}
	}
}
