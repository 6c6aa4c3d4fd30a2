//go:build integration

package integration

import (
	"net"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// wayEnigmas are about the way to an address: route, rule, link, neighbor.
var wayEnigmas = []enigma{
	{
		name: "no route", target: "203.0.113.7:80", make: func(*ward) {},
		chain: []string{"a connection to 203.0.113.7:80 fails", "no route leads to it; connect(2) fails with ENETUNREACH"},
	},
	{
		name: "blackhole route", target: "203.0.113.7:80", make: func(w *ward) { w.ip("route add blackhole 203.0.113.0/24") },
		chain: []string{"fails", "connect(2) fails with EINVAL", "by the route to 203.0.113.0/24 in table main: blackhole"},
	},
	{
		name: "blackhole rule", target: "203.0.113.7:80",
		make: func(w *ward) {
			w.lan()
			rule := netlink.NewRule()
			rule.Priority, rule.Family, rule.Type = 77, unix.AF_INET, unix.FR_ACT_BLACKHOLE
			rule.Dst = &net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}
			if err := netlink.RuleAdd(rule); err != nil {
				w.t.Fatal(err)
			}
			w.ip("route add default via 10.9.0.2")
		},
		chain: []string{"fails", "connect(2) fails with EINVAL", "by rule 77: blackhole"},
	},
	{
		name: "unreachable", target: "203.0.113.7", make: func(w *ward) { w.ip("route add unreachable 203.0.113.0/24") },
		chain: []string{"a connection to 203.0.113.7 fails", "EHOSTUNREACH", ": unreachable"},
	},
	{
		name: "prohibited", target: "[2001:db8::7]:80", make: func(w *ward) { w.ip("-6 route add prohibit 2001:db8::/32") },
		chain: []string{"fails", "EACCES", "2001:db8::/32 in table main: prohibit"},
	},
	{
		name: "route", target: "203.0.113.7:80",
		make: func(w *ward) { w.lan(); w.ip("route add default via 10.9.0.2 mtu 1300") },
		chain: []string{
			"this host has a route to 203.0.113.7:80", "goes via 10.9.0.2 out of lan0 from 10.9.0.1, table main", "lan0 is up, MTU 1500",
			"the path MTU is 1300 bytes", "no entry of the neighbor 10.9.0.2 on lan0 yet",
		},
	},
	{
		name: "neighbor that answers", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.neighbor("10.9.0.9", "lan0", unix.NUD_PERMANENT) },
		chain: []string{"has a route", "the neighbor 10.9.0.9 on lan0 is PERMANENT"},
	},
	{
		name: "neighbor that failed", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.neighbor("10.9.0.9", "lan0", unix.NUD_FAILED) },
		chain: []string{"fails", "the neighbor 10.9.0.9 on lan0 does not answer (FAILED)"},
	},
	{
		name: "link without carrier", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.ip("link set lan1 down"); time.Sleep(100 * time.Millisecond) },
		chain: []string{"fails", "lan0 is down"},
	},
	{
		name: "VRF", target: "10.9.0.9:80",
		make: func(w *ward) { w.lan(); w.vrf() },
		chain: []string{
			"a connection to 10.9.0.9:80 fails", "no route leads to it; connect(2) fails with ENETUNREACH",
			"the VRF red has a route", "SO_BINDTODEVICE", "goes out of lan0 from 10.9.0.1, table 10", "lan0 is up", "no entry of the neighbor 10.9.0.9 on lan0 yet",
		},
	},
	{
		name: "VRF whose neighbor failed", target: "10.9.0.9:80",
		make: func(w *ward) {
			w.lan()
			w.vrf()
			w.neighbor("10.9.0.9", "lan0", unix.NUD_FAILED)
		},
		chain: []string{"fails", "no route leads to it", "the VRF red has a route", "10.9.0.9 on lan0 does not answer (FAILED)"},
	},
	{
		name: "VRF without a way", target: "203.0.113.7:80",
		make:  func(w *ward) { w.lan(); w.vrf() },
		chain: []string{"fails", "no route leads to it"}, never: "VRF",
	},
	{
		name: "VRF whose table a rule leads to", target: "10.9.0.9:80",
		make: func(w *ward) {
			w.lan()
			w.vrf()
			rule := netlink.NewRule()
			rule.Priority, rule.Table, rule.Family = 32000, 10, unix.AF_INET
			if err := netlink.RuleAdd(rule); err != nil {
				w.t.Fatal(err)
			}
		},
		chain: []string{"this host has a route", "table 10", "lan0 belongs to the VRF red"},
	},
	{
		name: "link without resolution", target: "203.0.113.7:80",
		make: func(w *ward) {
			w.ip("link add dum0 type dummy\nlink set dum0 arp off up\nroute add 203.0.113.0/24 dev dum0")
		},
		chain: []string{"has a route", "dum0 is up"}, never: "neighbor",
	},
	{
		name: "broadcast", target: "10.9.0.255:80", make: func(w *ward) { w.lan() },
		chain: []string{"fails", "it is a broadcast address, which TCP does not connect to", "ENETUNREACH"}, never: "neighbor",
	},
	{
		name: "multicast", target: "224.0.0.5:80", make: func(w *ward) { w.lan(); w.ip("route add default via 10.9.0.2") },
		chain: []string{"fails", "it is a multicast address", "ENETUNREACH"}, never: "neighbor",
	},
	{
		name: "address that stands for all", target: "0.0.0.0", make: func(*ward) {},
		chain: []string{"127.0.0.1 is an address of this host", "0.0.0.0 is not an address of a peer: connect(2) uses 127.0.0.1"},
	},
	{
		name: "address of one link, without it", target: "[fe80::9]:80", make: func(w *ward) { w.lan() },
		chain: []string{"fails", "as in fe80::9%eth0: connect(2) fails with EINVAL"},
	},
	{
		name: "address of one link", target: "[fe80::9%lan1]:80",
		make:  func(w *ward) { w.lan(); w.neighbor("fe80::9", "lan1", unix.NUD_FAILED) },
		chain: []string{"fails", "out of lan1", "the neighbor fe80::9 on lan1 does not answer (FAILED)"},
	},
	{
		name: "neighbor that has not answered yet", target: "10.9.0.9:80",
		make:  func(w *ward) { w.lan(); w.neighbor("10.9.0.9", "lan0", unix.NUD_INCOMPLETE) },
		chain: []string{"this host has a route to 10.9.0.9:80", "has not answered yet (INCOMPLETE)"},
	},
	{
		name: "address without brackets", target: "::1:80", make: func(w *ward) { w.lan(); w.ip("-6 route add default via fe80::9 dev lan0") },
		chain: []string{"has a route to ::1:80", "for port 80 of ::1 write [::1]:80"},
	},
}

// ip runs ip(8) with each line of a script; a kernel that refuses one skips the test.
func (w *ward) ip(script string) {
	w.t.Helper()
	for line := range strings.Lines(script) {
		if words := strings.Fields(line); len(words) > 0 {
			if r := w.Run("ip", words...); r.Code != 0 {
				w.t.Skipf("ip %s: %s", line, r.Stderr)
			}
		}
	}
}

// lan makes a link with a network without other hosts.
func (w *ward) lan() {
	w.t.Helper()
	w.Veth("lan0", "", w.NS.NS, "lan1", "")
	w.Address("lan0", "10.9.0.1/24")
}

// neighbor makes a neighbor in some state.
func (w *ward) neighbor(addr, link string, state int) {
	w.t.Helper()
	n := &netlink.Neigh{LinkIndex: int(w.Index(link)), Family: unix.AF_INET, State: state, IP: net.ParseIP(addr)}
	if n.IP.To4() == nil {
		n.Family = unix.AF_INET6
	}
	if state == unix.NUD_PERMANENT {
		n.HardwareAddr = net.HardwareAddr{2, 0, 0, 0, 0, 9}
	}
	if err := netlink.NeighSet(n); err != nil {
		w.t.Fatal(err)
	}
}
