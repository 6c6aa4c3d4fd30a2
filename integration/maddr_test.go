//go:build integration

package integration

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
)

// TestGroups compares groups with the output of ip, which reads the files.
func TestGroups(t *testing.T) {
	ns := harness.New(t)
	tryIP(t, ns, `
		link add v0 type veth peer name v1
		link set v0 up
		link set v1 up
		addr add 192.0.2.1/24 dev v0
		addr add 2001:db8::1/64 dev v0 nodad
		addr add 2001:db8:1::1/64 dev v0 nodad
		maddr add 33:33:00:00:00:99 dev v0
	`)
	joined := []netip.Addr{
		netip.MustParseAddr("239.1.2.3"), netip.MustParseAddr("224.0.0.251"), netip.MustParseAddr("ff05::77"),
	}
	v0, err := net.InterfaceByName("v0")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // three users each
		for _, a := range joined {
			c, err := net.ListenMulticastUDP("udp", v0, &net.UDPAddr{IP: a.AsSlice(), Port: 5353})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() }) // nothing was written
		}
	}
	names := interfaceNames(t, ns)
	rec := recorder(t, "maddr/testdata/groups.rec")
	for _, cfg := range []maddr.Config{{NetNS: ns.FD(), Record: rec}, {NetNS: ns.FD(), NoSocket: true}} {
		c, err := maddr.Dial(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			family uint8
			words  string
		}{{unix.AF_INET, "-4 maddr"}, {unix.AF_INET6, "-6 maddr"}, {unix.AF_PACKET, "-0 maddr"}} {
			compareGroups(t, c, tt.family, ipGroups(t, ns, tt.words), names)
		}
		if _, err := c.List(t.Context(), &maddr.Query{Users: true}); err != nil {
			t.Error(err)
		}
		for _, a := range joined {
			family := uint8(unix.AF_INET)
			if a.Is6() {
				family = unix.AF_INET6
			}
			found := uint32(0)
			for g, err := range c.Groups(t.Context(), &maddr.Query{Family: family, Iface: uint32(v0.Index), Users: true}) {
				if err == nil && g.Addr == a {
					found = g.Users
				}
			}
			if found != 3 {
				t.Errorf("%v: %d users, want 3", a, found)
			}
		}
		if s := c.Stats(); s.Malformed != 0 || s.Fallbacks != 0 && !cfg.NoSocket {
			t.Errorf("stats %+v", s)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// ipGroups returns rows of link, address and users from ip.
func ipGroups(t *testing.T, ns *harness.NS, words string) (rows []string) {
	t.Helper()
	for _, l := range ipJSON(t, ns, words) {
		for _, m := range l.objects("maddr") {
			addr := text(m["address"])
			if addr == "" {
				addr = text(m["link"])
			}
			users := m.num("users")
			if users == 0 {
				users = 1 // ip leaves one out
			}
			rows = append(rows, fmt.Sprint(text(l["ifname"]), " ", addr, " ", users))
		}
	}
	return rows
}

func compareGroups(t *testing.T, c *maddr.Conn, family uint8, want []string, names *link.Names) {
	t.Helper()
	var got []string
	for g, err := range c.Groups(t.Context(), &maddr.Query{Family: family, Users: true}) {
		if err != nil {
			t.Fatal(err)
		}
		addr := g.Addr.String()
		if family == unix.AF_PACKET {
			addr = string(link.AppendHW(nil, g.HW()))
		}
		got = append(got, fmt.Sprint(names.Name(g.Iface), " ", addr, " ", g.Users))
	}
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) == 0 {
		t.Errorf("family %d:\n%s\nip says\n%s", family, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	t.Logf("family %d: %d groups", family, len(got))
}
