//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// TestKernelLookup requests every socket of the zoo by its own key.
func TestKernelLookup(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	mptcp := mptcpPair(t, ns)
	socketpair(t, unix.SOCK_STREAM)
	dump, exact := dial(t, nil), dial(t, nil)
	for _, q := range []diag.Query{
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP},
		{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP},
		{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Want: diag.HasMPTCPInfo},
		{Family: unix.AF_UNIX},
	} {
		if q.Protocol == unix.IPPROTO_MPTCP && !mptcp {
			continue
		}
		n := 0
		for s, err := range dump.Sockets(t.Context(), &q) {
			if err != nil {
				t.Fatal(err)
			}
			if q.Protocol == unix.IPPROTO_TCP && s.State == diag.StateClose {
				continue // only bound: in no table that look-ups use
			}
			if q.Protocol == unix.IPPROTO_MPTCP && s.State == diag.StateListen {
				continue // without a token
			}
			n++
			k := s.Key()
			got, err := exact.Lookup(t.Context(), &q, &k)
			if err != nil {
				t.Errorf("look up %s %s - %s %+v: %v", s.State, s.Local, s.Remote, k, err)
				continue
			}
			if got.Cookie != s.Cookie || got.State != s.State || got.Inode != s.Inode {
				t.Errorf("look up %s %s - %s: got %s %s - %s", s.State, s.Local, s.Remote, got.State, got.Local, got.Remote)
			}
		}
		if n == 0 {
			t.Errorf("no sockets of %d/%d", q.Family, q.Protocol)
		}
	}
}

// TestKernelLookupOthers requests sockets that do not exist, for which the kernel finds others.
func TestKernelLookupOthers(t *testing.T) {
	ns := harness.New(t)
	listener := ns.Listen("0.0.0.0:8080")
	client := ns.TCP("127.0.0.1:8081")
	client.Connect(listener)
	ns.UDP("0.0.0.0:53")
	c := dial(t, nil)
	tcp := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	tcp6 := diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}
	udp := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP}
	for _, tt := range []struct {
		name          string
		q             diag.Query
		local, remote string
		cookie        uint64
		found         bool
	}{
		{"listener", tcp, "0.0.0.0:8080", "0.0.0.0:0", 0, true},
		{"listener by another address", tcp, "127.0.0.1:8080", "0.0.0.0:0", 0, false},
		{"connection", tcp, "127.0.0.1:8081", "127.0.0.1:8080", 0, true},
		{"connection in mapped form", tcp, "[::ffff:127.0.0.1]:8081", "[::ffff:127.0.0.1]:8080", 0, true},
		{"connection in IPv6", tcp6, "[::ffff:127.0.0.1]:8081", "[::ffff:127.0.0.1]:8080", 0, true},
		{"connection of another", tcp, "127.0.0.1:8080", "127.0.0.1:8082", 0, false},
		{"another cookie", tcp, "127.0.0.1:8081", "127.0.0.1:8080", 1, false},
		{"udp", udp, "0.0.0.0:53", "0.0.0.0:0", 0, true},
		{"udp connection that does not exist", udp, "127.0.0.1:53", "127.0.0.1:1000", 0, false},
		{"no such port", tcp, "127.0.0.1:1", "127.0.0.1:2", 0, false},
	} {
		k := diag.Key{
			Local: netip.MustParseAddrPort(tt.local), Remote: netip.MustParseAddrPort(tt.remote), Cookie: tt.cookie,
		}
		_, err := c.Lookup(t.Context(), &tt.q, &k)
		if tt.found && err != nil || !tt.found && !errors.Is(err, diag.ErrNotFound) {
			t.Errorf("%s: %v, want found: %t", tt.name, err, tt.found)
		}
	}
	if _, err := c.Lookup(t.Context(), &diag.Query{Family: unix.AF_PACKET}, &diag.Key{}); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("look up packet socket: %v, want EOPNOTSUPP", err)
	}
}

// TestKernelDestroyAndEvents closes sockets of others and receives the events.
func TestKernelDestroyAndEvents(t *testing.T) {
	ns := harness.New(t)
	listener := ns.Listen("127.0.0.1:8080")
	client := ns.TCP("127.0.0.1:8081")
	client.Connect(listener)
	server := ns.UDP("127.0.0.1:53")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	events := dial(t, &diag.Config{Events: diag.GroupTCPDestroyed | diag.GroupUDPDestroyed})
	c := dial(t, nil)
	want := map[string]bool{}
	for _, tt := range []struct {
		protocol      uint16
		local, remote string
	}{
		{unix.IPPROTO_TCP, "127.0.0.1:8081", "127.0.0.1:8080"},
		{unix.IPPROTO_UDP, "127.0.0.1:53", "0.0.0.0:0"},
	} {
		q := diag.Query{Family: unix.AF_INET, Protocol: tt.protocol}
		k := diag.Key{Local: netip.MustParseAddrPort(tt.local), Remote: netip.MustParseAddrPort(tt.remote)}
		s, err := c.Lookup(ctx, &q, &k)
		if err != nil {
			t.Fatal(err)
		}
		stale := s.Clone()
		stale.Cookie ^= 1
		if err := c.Destroy(ctx, stale); err == nil {
			t.Errorf("a socket with another cookie was destroyed")
		}
		if s, err = c.Lookup(ctx, &q, &k); err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprintf("%d %x", tt.protocol, s.Cookie)] = true
		if err := c.Destroy(ctx, s.Clone()); err != nil {
			t.Fatal(err)
		}
	}
	// The owner gets an error; once its descriptor is closed, the socket is destroyed, and so is the other
	// end.
	if errno, err := unix.GetsockoptInt(client.FD, unix.SOL_SOCKET, unix.SO_ERROR); err != nil ||
		unix.Errno(errno) != unix.ECONNABORTED {
		t.Errorf("owner got %v, %v, want ECONNABORTED", unix.Errno(errno), err)
	}
	client.Close()
	server.Close()
	for s, err := range events.Events(ctx) {
		if err != nil {
			t.Fatalf("%v, still waiting for %v", err, want)
		}
		delete(want, fmt.Sprintf("%d %x", s.Protocol, s.Cookie))
		if s.Protocol == unix.IPPROTO_TCP && s.Has&diag.HasTCPInfo == 0 {
			t.Error("a dying TCP socket came without its info")
		}
		if len(want) == 0 {
			break
		}
	}
}

// TestEventsOverrun lets the kernel drop events: the loss is reported, and the loop goes on.
func TestEventsOverrun(t *testing.T) {
	ns := harness.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	events := dial(t, &diag.Config{Events: diag.GroupUDPDestroyed})
	for proc := dial(t, &diag.Config{Sources: diag.SourcesProc}); drops(t, proc) == 0; { // it takes the kernel some time
		for range 500 {
			ns.UDP("127.0.0.1:0").Close()
		}
		if ctx.Err() != nil {
			t.Fatal("the kernel drops no events")
		}
	}
	lost, after := false, 0
	for _, err := range events.Events(ctx) {
		switch {
		case errors.Is(err, unix.ENOBUFS):
			lost = true
			ns.UDP("127.0.0.1:0").Close()
		case err != nil:
			t.Fatal(err)
		case lost:
			after++
		}
		if after > 0 {
			return
		}
	}
	t.Errorf("overrun told: %t, events after it: %d", lost, after)
}

// drops returns how many messages the sock_diag sockets of the namespace have lost.
func drops(t *testing.T, proc *diag.Conn) (n uint32) {
	t.Helper()
	for s, err := range proc.Sockets(t.Context(), &diag.Query{Family: unix.AF_NETLINK}) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Protocol == unix.NETLINK_SOCK_DIAG {
			n += s.Proc().Drops
		}
	}
	return n
}

// mptcpPair makes a connection of MPTCP. It reports false if this kernel has none.
func mptcpPair(t *testing.T, ns *harness.NS) bool {
	t.Helper()
	if !knows(t, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP) {
		return false
	}
	listener := ns.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
	if err := unix.Bind(listener.FD, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(listener.FD, 8); err != nil {
		t.Fatal(err)
	}
	ns.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP).Connect(listener)
	listener.Accept()
	return true
}

// BenchmarkLookup requests one connection among as many as the bench has.
func BenchmarkLookup(b *testing.B) {
	ns := harness.New(b)
	listener := ns.Listen("127.0.0.1:8080")
	client := ns.TCP("127.0.0.1:8081")
	client.Connect(listener)
	c := dial(b, nil)
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	k := diag.Key{
		Local: netip.MustParseAddrPort("127.0.0.1:8081"), Remote: netip.MustParseAddrPort("127.0.0.1:8080"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Lookup(context.Background(), &q, &k); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEventsTimeWait closes a connection from its own side: the kernel reports it when TIME-WAIT begins,
// with the last counters, and does not report the end of the record.
func TestEventsTimeWait(t *testing.T) {
	ns := harness.New(t)
	listener := ns.Listen("127.0.0.1:8080")
	client := ns.TCP("127.0.0.1:8081")
	client.Connect(listener)
	server := listener.Accept()
	client.Write(1000)
	if n, err := unix.Read(server.FD, make([]byte, 2000)); n != 1000 {
		t.Fatalf("read %d: %v", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	events := dial(t, &diag.Config{Events: diag.GroupTCPDestroyed})
	client.Close()
	server.Close()
	ends := 0
	for s, err := range events.Events(ctx) { // once for each side, in a second loop for the other
		if err != nil {
			t.Fatal(err)
		}
		ends++
		if s.Local.Port() == 8081 {
			if s.TCP.BytesSent != 1000 {
				t.Errorf("the client sent %d bytes, want 1000", s.TCP.BytesSent)
			}
			break
		}
	}
	for _, err := range events.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		ends++
		if ends == 2 {
			break
		}
	}
	states := map[diag.State]int{}
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, LocalPort: 8081}
	for s, err := range dial(t, nil).Sockets(ctx, &q) {
		if err != nil {
			t.Fatal(err)
		}
		states[s.State]++
	}
	if ends != 2 || states[diag.StateTimeWait] != 1 || len(states) != 1 {
		t.Errorf("%d events, %v; want two, and the client in TIME-WAIT", ends, states)
	}
}

// TestPortsOfEveryState queries sockets by their ports: those that are only bound, which the kernel does not
// compare with the ports of a request, are among what is checked.
func TestPortsOfEveryState(t *testing.T) {
	ns := harness.New(t)
	bound := ns.TCP("127.0.0.1:0", harness.Reuse)
	listener := ns.Listen("127.0.0.1:0")
	client := ns.TCP("127.0.0.1:0")
	client.ConnectTo(fmt.Sprintf("127.0.0.1:%d", listener.Port()))
	server := listener.Accept()
	slow := ns.Listen("127.0.0.1:0", harness.DeferAccept)
	half := ns.TCP("127.0.0.1:0")
	half.ConnectTo(fmt.Sprintf("127.0.0.1:%d", slow.Port()))
	c := dial(t, &diag.Config{NetNS: ns.FD()})
	for _, tt := range []struct {
		name          string
		local, remote int
		want          int
	}{
		{"bound", bound.Port(), 0, 1},
		{"listener and connection", listener.Port(), 0, 2},
		{"client", client.Port(), 0, 1},
		{"server by its peer", 0, client.Port(), 1},
		{"connection", server.Port(), client.Port(), 1},
		{"listener and half-open connection", slow.Port(), 0, 2},
		{"half-open connection by its peer", 0, half.Port(), 1},
		{"none", 1, 0, 0},
		{"none by the peer", 0, 1, 0},
	} {
		q := diag.Query{
			Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, LocalPort: uint16(tt.local), RemotePort: uint16(tt.remote),
		}
		// ss leaves StateSynRecv out of its default, and the kernel lists half-open connections all the same.
		for _, states := range []diag.StateSet{0, diag.StatesKnown &^ diag.States(diag.StateSynRecv)} {
			q.States = states
			got, err := diag.Collect(c.Sockets(t.Context(), &q))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != tt.want {
				t.Errorf("%s: %d sockets, want %d: %v", tt.name, len(got), tt.want, got)
			}
		}
	}
}
