//go:build integration

package integration

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// TestSSLookup filters by both ends of each connection there is, which ours looks up where the reference
// walks: in every state, over IPv6 and its mapped form, bound to an interface, with what the options show.
func TestSSLookup(t *testing.T) {
	ns := harness.New(t)
	ssWorld(t, ns)
	bound := ns.TCP("127.0.0.1:7101")
	bound.Device("lo")
	bound.Connect(ns.Listen("127.0.0.1:7100"))
	states := map[diag.State]bool{}
	ends := map[[2]netip.AddrPort]bool{}
	c := dial(t, nil)
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP}
		for s, err := range c.Sockets(t.Context(), &q) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Remote.Port() != 0 {
				states[s.State] = true
				ends[[2]netip.AddrPort{s.Local, s.Remote}] = true
			}
		}
	}
	for _, s := range []diag.State{
		diag.StateEstablished, diag.StateTimeWait, diag.StateSynRecv, diag.StateSynSent, diag.StateFinWait2, diag.StateCloseWait,
	} {
		if !states[s] {
			t.Errorf("the zoo has no connection in %s", s)
		}
	}
	n := 0
	for e := range ends {
		for _, options := range []string{"-tanO", "-tanOeim", "-tnp", "-an", "-tan4", "-tan state time-wait state syn-recv"} {
			line := fmt.Sprintf("%s src %s dst %s", options, e[0], e[1])
			if n++; n%2 == 0 {
				line = fmt.Sprintf("%s dst %s sport = :%d src %s", options, e[1], e[0].Port(), e[0].Addr())
			}
			cmp := harness.Compare{Program: "ss", Args: words(line), Normalize: steady}
			cmp.Run(ns.With(t))
		}
	}
	for _, line := range []string{
		"-tan src 127.0.0.1:7101 dst 127.0.0.1:7100 dev lo", "-tan src 127.0.0.1:7101 dst 127.0.0.1:7100 fwmark 0",
		"-tan src 127.0.0.1:7101 dst 127.0.0.1:7100 autobound", "-tan src 127.0.0.1:7101 not dst 127.0.0.1:7100",
		"-tan src 127.0.0.1:7100 dst 127.0.0.1:1",
	} {
		cmp := harness.Compare{Program: "ss", Args: words(line), Normalize: steady}
		cmp.Run(ns.With(t))
		n++
	}
	if n < 60 {
		t.Errorf("%d command lines, want 60", n)
	}
}

// TestKernelFind finds connections by look-ups that a list finds too, and nothing else.
func TestKernelFind(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	bound := ns.TCP("127.0.0.1:7101")
	bound.Device("lo")
	bound.Connect(ns.Listen("127.0.0.1:7100"))
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	dump, exact := dial(t, nil), dial(t, nil)
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		for _, states := range []diag.StateSet{diag.StatesKnown, diag.States(diag.StateEstablished), diag.States(diag.StateTimeWait)} {
			all := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP}
			q := all
			q.States = states
			n := 0
			for s, err := range dump.Sockets(t.Context(), &all) {
				if err != nil {
					t.Fatal(err)
				}
				if s.Remote.Port() == 0 {
					continue
				}
				keys := []diag.Key{{Local: s.Local, Remote: s.Remote}, {Local: s.Local, Remote: s.Remote}}
				for _, l := range links {
					keys = append(keys, diag.Key{Local: s.Local, Remote: s.Remote, Iface: uint32(l.Index)})
				}
				found, err := diag.Collect(exact.Find(t.Context(), &q, keys))
				if err != nil {
					t.Fatal(err)
				}
				want := 0
				if states.Has(s.State) {
					want = 1
				}
				if len(found) != want || want == 1 && found[0].Cookie != s.Cookie {
					t.Errorf("%s %s - %s of %b: %d found, want %d", s.State, s.Local, s.Remote, states, len(found), want)
				}
				n += want
			}
			if n == 0 && states == diag.StatesKnown {
				t.Errorf("family %d: no connections", family)
			}
		}
	}
}
