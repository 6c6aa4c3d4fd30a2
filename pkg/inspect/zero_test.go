package inspect_test

import (
	"net"
	"testing"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/nltest"
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

// TestZeroPlanEnds joins the other end and the listener of a connection of two namespaces by plans without
// queries.
func TestZeroPlanEnds(t *testing.T) {
	server, client := nltest.New(t), nltest.New(t)
	server.Veth("eth0", "192.0.2.1/24", client, "", "192.0.2.2/24")
	l := server.Listen("tcp", "192.0.2.1:8080")
	c := client.Dial("tcp", "192.0.2.1:8080")
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // nothing was written
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // read-only
	paired := 0
	for r, err := range s.Sockets(t.Context(), &inspect.Plan{Needs: inspect.NeedPeer | inspect.NeedListeners}) {
		if err != nil {
			t.Fatal(err)
		}
		ours := r.Local.String() == c.LocalAddr().String() || r.Remote.String() == c.LocalAddr().String()
		if ours && r.PeerInode() != 0 {
			paired++
		}
	}
	if paired != 2 {
		t.Errorf("%d ends are paired, want 2", paired)
	}
}
