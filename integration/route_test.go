//go:build integration

package integration

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// routeZoo makes routes, rules, neighbors and nexthop objects of every kind that this kernel has.
func routeZoo(t *testing.T, ns *harness.NS) {
	t.Helper()
	refused := tryIP(t, ns, `
		link add v0 address 02:00:00:00:00:10 type veth peer name v1 address 02:00:00:00:00:11
		link add v2 address 02:00:00:00:00:12 type veth peer name v3 address 02:00:00:00:00:13
		link add br0 type bridge
		link set v3 master br0
		link set v0 up
		link set v1 up
		link set v2 up
		link set v3 up
		link set br0 up
		addr add 192.0.2.1/24 dev v0
		addr add 198.51.100.1/24 dev v2
		addr add 2001:db8::1/64 dev v0 nodad
		addr add 2001:db8:1::1/64 dev v2 nodad
		route add default via 192.0.2.254 metric 50
		route add 10.1.0.0/16 via 192.0.2.2
		route add 10.2.0.0/16 dev v0 scope link proto 186 src 192.0.2.1
		route add 10.3.0.0/16 via 192.0.2.2 table 100 proto static
		route add 10.4.0.0/16 via 192.0.2.2 table 70000 metric 4278198272
		route add 10.5.0.0/16 via 192.0.2.2 mtu lock 1400 advmss 1360 window 8192 rtt 30ms rttvar 10ms ssthresh 20 cwnd 21 initcwnd 22 initrwnd 23 hoplimit 24 reordering 25 quickack 1 rto_min 40ms
		route add 10.6.0.0/16 via 192.0.2.2 congctl cubic features ecn
		route add 10.7.0.0/16 nexthop via 192.0.2.2 weight 3 nexthop via 198.51.100.2 weight 7
		route add 10.8.0.0/16 nexthop via 192.0.2.2 nexthop via inet6 fe80::1 dev v2 onlink
		route add 10.9.0.0/16 via inet6 2001:db8::2 dev v0
		route add 10.10.0.0/16 via 172.31.0.1 dev v0 onlink
		route add blackhole 10.11.0.0/16
		route add unreachable 10.12.0.0/16 metric 4294967295
		route add prohibit 10.13.0.0/16
		route add throw 10.14.0.0/16
		route add local 10.15.0.0/16 dev lo
		route add broadcast 10.16.0.0/16 dev v0
		route add multicast 239.0.0.0/8 dev v0
		route add 10.17.0.0/16 tos 8 via 192.0.2.2
		route add 10.18.0.0/16 via 192.0.2.2 realm 3/4
		route add 10.19.0.0/16 encap mpls 100/200 via inet6 2001:db8::2 dev v0
		route add 10.20.0.0/16 encap ip id 5 dst 203.0.113.1 src 203.0.113.2 ttl 9 dev v0
		route add 10.21.0.0/16 encap ip6 id 6 dst 2001:db8::5 dev v0
		nexthop add id 1 via 192.0.2.2 dev v0
		nexthop add id 2 via 198.51.100.2 dev v2 proto 99
		nexthop add id 3 blackhole
		nexthop add id 4 via 2001:db8::2 dev v0
		nexthop add id 5 dev v0
		nexthop add id 10 group 1,3/2,5
		nexthop add id 11 group 1/2 type resilient buckets 32 idle_timer 60 unbalanced_timer 300
		nexthop add id 12 via 203.0.113.9 fdb
		route add 10.30.0.0/16 nhid 1
		route add 10.31.0.0/16 nhid 10
		route add 10.32.0.0/16 nhid 3
		route add 10.33.0.0/16 nhid 11
		-6 route add default via 2001:db8::fe metric 2048 pref high
		-6 route add 2001:db8:10::/48 via 2001:db8::2 proto 42
		-6 route add 2001:db8:11::/48 dev v0 expires 600
		-6 route add 2001:db8:12::/48 via 2001:db8::2 table 100 pref low
		-6 route add blackhole 2001:db8:13::/48
		-6 route add unreachable 2001:db8:14::/48
		-6 route add prohibit 2001:db8:15::/48
		-6 route add throw 2001:db8:16::/48
		-6 route add 2001:db8:17::/48 nexthop via 2001:db8::2 weight 2 nexthop via 2001:db8:1::2
		-6 route add 2001:db8:18::/48 from 2001:db8:99::/64 via 2001:db8::2
		-6 route add 2001:db8:19::/48 via 2001:db8::2 mtu 1300 hoplimit 9 advmss 1200
		-6 route add local 2001:db8:20::/48 dev lo
		-6 route add 2001:db8:21::/48 encap seg6 mode encap segs 2001:db8:aa::1,2001:db8:aa::2 dev v0
		-6 route add 2001:db8:22::/48 encap seg6local action End.DX6 nh6 2001:db8::3 dev v0
		-6 route add 2001:db8:23::/48 nhid 4
		-6 route add anycast 2001:db8::77/128 dev v0
		-6 route add multicast ff05::/16 dev v0 table main
		rule add from 10.0.0.0/8 to 172.16.0.0/12 lookup 100 pref 1000
		rule add fwmark 0x10/0xf0 lookup 70000 pref 1001
		rule add iif v0 oif v2 lookup main pref 1002
		rule add not from 192.0.2.0/24 goto 2000 pref 1003
		rule add uidrange 1000-2000 lookup main pref 1004
		rule add ipproto tcp sport 1000-2000 dport 443 lookup main pref 1005
		rule add tos 0x10 blackhole pref 1006
		rule add prohibit from 10.99.0.0/16 pref 1007
		rule add unreachable from 10.98.0.0/16 pref 1008
		rule add lookup main suppress_prefixlength 0 pref 1009
		rule add lookup main suppress_ifgroup 5 pref 1010
		rule add l3mdev pref 1011
		rule add tun_id 77 lookup main pref 1012
		rule add lookup main realms 3/4 pref 1013
		rule add lookup main protocol 99 pref 2000
		-6 rule add from 2001:db8::/32 lookup 100 pref 1000
		neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0
		neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev v0 nud reachable
		neigh add 192.0.2.4 lladdr 02:00:00:00:00:04 dev v0 nud stale router
		neigh add 192.0.2.5 dev v0 nud failed
		neigh add 192.0.2.6 lladdr 02:00:00:00:00:06 dev v0 nud noarp
		neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev v0 extern_learn
		neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 dev v0 protocol 42
		neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev v0
		neigh add 2001:db8::3 lladdr 02:00:00:00:00:03 dev v0 router
		neigh add proxy 192.0.2.99 dev v0
		neigh add proxy 2001:db8::99 dev v0
	`)
	for _, line := range refused {
		if !strings.Contains(line, " encap ") {
			t.Errorf("ip %s: refused", line)
		}
	}
}

func routeConn(t *testing.T, ns *harness.NS, rec *diag.Recorder) *route.Conn {
	t.Helper()
	c, err := route.Dial(&route.Config{NetNS: ns.FD(), Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // nothing is written
	return c
}

func interfaceNames(t *testing.T, ns *harness.NS) *link.Names {
	t.Helper()
	names := link.NewNames(&link.Config{NetNS: ns.FD()})
	t.Cleanup(func() { _ = names.Close() }) // nothing is written
	return names
}

// TestRoutes compares every field of every kind of route with the output of ip, in the same order.
func TestRoutes(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	rec := recorder(t, "route/testdata/routes.rec")
	c := routeConn(t, ns, rec)
	names := interfaceNames(t, ns)
	n := 0
	for _, f := range []struct {
		family uint8
		option string
	}{{unix.AF_INET, "-4"}, {unix.AF_INET6, "-6"}} {
		want := ipJSON(t, ns, f.option+" -N -d route show table all")
		got, err := c.List(t.Context(), &route.Query{Family: f.family})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Errorf("%d routes, ip shows %d", len(got), len(want))
		}
		for i := range min(len(got), len(want)) {
			compareRoute(t, got[i], want[i], names)
		}
		n += len(got)
	}
	all, err := c.List(t.Context(), &route.Query{})
	if err != nil || len(all) != n {
		t.Errorf("both families: %d routes, %v, want %d", len(all), err, n)
	}
	t.Logf("%d routes", n)
	compareRules(t, ns, c)
	compareNeighbors(t, ns, c, names)
	compareNexthops(t, ns, c, names)
	compareIPv6Entries(t, ns, rec, names)
	if s := c.Stats(); s.Malformed != 0 {
		t.Errorf("%d malformed attributes", s.Malformed)
	}
}

func dst(p netip.Prefix) string {
	switch {
	case p.Bits() == 0:
		return "default"
	case p.IsSingleIP():
		return p.Addr().String()
	default:
		return p.String()
	}
}

func compareRoute(t *testing.T, r *route.Route, o object, names *link.Names) {
	t.Helper()
	row := dst(r.Dst)
	check := func(key string, got any) {
		t.Helper()
		o.check(t, row, key, got)
	}
	if e := encapOf(o); e != "ip" && e != "ip6" { // of which older ip write another dst over it
		check("dst", row)
	}
	check("type", fmt.Sprint(uint8(r.Type)))
	if text(o["type"]) != fmt.Sprint(uint8(r.Type)) {
		return
	}
	check("table", uint32(r.Table))
	check("protocol", uint8(r.Protocol))
	check("scope", uint8(r.Scope))
	check("metric", r.Priority)
	if r.PrefSrc.IsValid() {
		check("prefsrc", r.PrefSrc)
	}
	if r.Src.IsValid() {
		check("from", dst(r.Src))
	}
	if r.TOS != 0 {
		check("tos", fmt.Sprintf("%#02x", r.TOS))
	}
	if r.Has&route.HasPref != 0 {
		check("pref", r.Pref)
	}
	check("nhid", r.NexthopID)
	if e := uint64(r.Cache.Expires.Seconds()); e > 0 && (e < o.num("expires")-1 || e > o.num("expires")+1) {
		t.Errorf("%s: expires in %v, ip says %v", row, r.Cache.Expires, o["expires"])
	}
	if r.Realm != 0 {
		flow := o.sub("flow")
		flow.check(t, row, "from", r.Realm>>16)
		flow.check(t, row, "to", r.Realm&0xffff)
	}
	compareMetrics(t, row, &r.Metrics, o)
	if !r.Multipath() {
		compareHop(t, row, r.First(), o, names)
		return
	}
	i := 0
	hops := o.objects("nexthops")
	for h := range r.Hops() {
		if i < len(hops) {
			compareHop(t, row, h, hops[i], names)
			hops[i].check(t, row, "weight", h.Weight)
		}
		i++
	}
	if i != len(hops) {
		t.Errorf("%s: %d hops, ip shows %d", row, i, len(hops))
	}
}

func compareHop(t *testing.T, row string, h route.Hop, o object, names *link.Names) {
	t.Helper()
	o.check(t, row, "dev", names.Name(h.Iface))
	gateway := text(o["gateway"])
	if gateway == "" {
		gateway = text(o.sub("via")["host"])
	}
	got := ""
	if h.Gateway.IsValid() {
		got = h.Gateway.String()
	}
	if got != gateway {
		t.Errorf("%s: gateway %s, ip says %s", row, got, gateway)
	}
	for flag, bit := range map[string]uint32{"onlink": unix.RTNH_F_ONLINK, "linkdown": unix.RTNH_F_LINKDOWN, "dead": unix.RTNH_F_DEAD} {
		if want := o.list("flags")[flag]; want != (uint32(h.Flags)&bit != 0) {
			t.Errorf("%s: flag %s: %v, ip says %v", row, flag, !want, want)
		}
	}
	e, ok := h.Encap()
	if want := encapOf(o); want != "" {
		if !ok || e.Type.String() != want {
			t.Errorf("%s: encap %v %q, ip says %s", row, ok, e.AppendTo(nil), want)
		}
		t.Logf("%s: encap %s; ip: %v", row, e.AppendTo(nil), o)
	} else if ok {
		t.Errorf("%s: encap %q, ip says none", row, e.AppendTo(nil))
	}
}

// encapOf returns the kind of encapsulation of a hop: a word, from iproute2 7 on one in an object of its own.
func encapOf(o object) string {
	if e := o.sub("encap"); e != nil {
		return text(e["encap_type"])
	}
	return text(o["encap"])
}

func compareMetrics(t *testing.T, row string, m *route.Metrics, o object) {
	t.Helper()
	var all object = map[string]any{}
	for _, part := range o.objects("metrics") {
		maps.Copy(all, part)
	}
	for _, k := range []route.Metric{
		route.MetricMTU, route.MetricWindow, route.MetricSSThresh, route.MetricCwnd, route.MetricAdvMSS,
		route.MetricReordering, route.MetricHopLimit, route.MetricInitCwnd, route.MetricInitRwnd,
		route.MetricQuickAck,
	} {
		v, ok := m.Get(k)
		_, want := all[k.String()]
		if ok != want {
			t.Errorf("%s: has %v: %v, ip says %v", row, k, ok, want)
		}
		all.check(t, row, k.String(), v)
	}
	for _, k := range []route.Metric{route.MetricRTT, route.MetricRTTVar, route.MetricRTOMin} {
		d, ok := m.Duration(k)
		if _, want := all[k.String()]; ok != want {
			t.Errorf("%s: has %v: %v, ip says %v", row, k, ok, want)
		}
		all.check(t, row, k.String(), d.Milliseconds())
	}
	if cong := m.Cong(); cong != nil {
		all.check(t, row, "congestion", string(cong))
	}
}

func compareRules(t *testing.T, ns *harness.NS, c *route.Conn) {
	t.Helper()
	want := append(ipJSON(t, ns, "-4 -N -d rule"), ipJSON(t, ns, "-6 -N -d rule")...)
	got, err := c.ListRules(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d rules, ip shows %d", len(got), len(want))
	}
	for i, r := range got {
		o, row := want[i], fmt.Sprint("rule ", r.Priority)
		o.check(t, row, "priority", r.Priority)
		o.check(t, row, "protocol", uint8(r.Protocol))
		o.check(t, row, "iif", string(r.InIface()))
		o.check(t, row, "oif", string(r.OutIface()))
		if r.Table != 0 {
			o.check(t, row, "table", uint32(r.Table))
		}
		src := "all"
		if r.Src.IsValid() {
			src = r.Src.Addr().String()
			o.check(t, row, "srclen", r.Src.Bits())
		}
		o.check(t, row, "src", src)
		if r.Dst.IsValid() {
			o.check(t, row, "dst", r.Dst.Addr())
			o.check(t, row, "dstlen", r.Dst.Bits())
		}
		if _, not := o["not"]; not != r.Inverted() {
			t.Errorf("%s: inverted %v", row, r.Inverted())
		}
		if r.Has&route.RuleHasMark != 0 {
			o.check(t, row, "fwmark", fmt.Sprintf("%#x", r.Mark))
			o.check(t, row, "fwmask", fmt.Sprintf("%#x", r.MarkMask))
		}
		if r.Has&route.RuleHasUIDs != 0 {
			o.check(t, row, "uid_start", r.UIDs[0])
			o.check(t, row, "uid_end", r.UIDs[1])
		}
		if r.Has&route.RuleHasIPProto != 0 {
			o.check(t, row, "ipproto", fmt.Sprintf("ipproto-%d", r.IPProto))
			o.check(t, row, "sport_start", r.SrcPorts[0])
			o.check(t, row, "sport_end", r.SrcPorts[1])
			o.check(t, row, "dport", r.DstPorts[0])
		}
		if r.TOS != 0 {
			o.check(t, row, "tos", fmt.Sprintf("%#x", r.TOS))
		}
		if r.SuppressPrefixLen >= 0 {
			o.check(t, row, "suppress_prefixlen", r.SuppressPrefixLen)
		}
		if r.SuppressGroup >= 0 {
			o.check(t, row, "suppress_ifgroup", r.SuppressGroup)
		}
		if r.TunnelID != 0 {
			o.check(t, row, "tun_id", r.TunnelID)
		}
		if r.Goto != 0 {
			o.check(t, row, "goto", r.Goto)
		}
		if r.Realm != 0 {
			o.check(t, row, "flow_from", r.Realm>>16)
			o.check(t, row, "flow_to", r.Realm&0xffff)
		}
		if _, l3 := o["l3mdev"]; l3 != r.L3MDev {
			t.Errorf("%s: l3mdev %v, ip says %v", row, r.L3MDev, l3)
		}
		switch r.Action {
		case route.ActionBlackhole, route.ActionUnreachable, route.ActionProhibit:
			o.check(t, row, "action", uint8(r.Action))
		default: // seen by table and goto
		}
	}
	t.Logf("%d rules", len(got))
}

func compareNeighbors(t *testing.T, ns *harness.NS, c *route.Conn, names *link.Names) {
	t.Helper()
	total := 0
	for _, q := range []struct {
		words string
		query route.NeighborQuery
	}{
		{"neigh show nud all", route.NeighborQuery{}},
		{"neigh show proxy", route.NeighborQuery{Proxy: true}},
		{"-4 neigh show nud all", route.NeighborQuery{Family: unix.AF_INET}},
		{"neigh show dev v0 nud all", route.NeighborQuery{Iface: ns.Index("v0")}},
		{"neigh show nud reachable", route.NeighborQuery{States: route.NeighborStateReachable}},
	} {
		want := map[string]object{}
		for _, o := range ipJSON(t, ns, "-s -N "+q.words) {
			dev := text(o["dev"])
			if dev == "" {
				dev = "v0" // ip leaves out what was requested
			}
			want[dev+" "+text(o["dst"])] = o
		}
		for n, err := range c.Neighbors(t.Context(), &q.query) {
			if err != nil {
				t.Fatal(err)
			}
			row := names.Name(n.Iface) + " " + n.Addr.String()
			o, ok := want[row]
			if !ok {
				t.Errorf("%s: %s: ip does not show it", q.words, row)
				continue
			}
			delete(want, row)
			total++
			if n.State&route.NeighborStateNoARP == 0 || len(n.HW()) == 6 {
				o.check(t, row, "lladdr", string(link.AppendHW(nil, n.HW())))
			}
			if _, router := o["router"]; router != n.Router() {
				t.Errorf("%s: router %v", row, n.Router())
			}
			if n.Proxy() {
				continue
			}
			if state := n.State.String(); len(o.list("state")) > 0 && !o.list("state")[state] {
				t.Errorf("%s: state %s, ip says %v", row, state, o["state"])
			}
			o.check(t, row, "protocol", uint8(n.Protocol))
			o.check(t, row, "probes", n.Probes)
			if got, w := uint64(n.Confirmed.Seconds()), o.num("confirmed"); got < w || got > w+2 {
				t.Errorf("%s: confirmed %d s ago, ip says %d", row, got, w)
			}
		}
		for row, o := range want {
			if _, learned := o["extern_learn"]; learned && q.query.States != 0 {
				continue // ip shows it whatever states are requested
			}
			t.Errorf("%s: neighbor %s is missing", q.words, row)
		}
	}
	t.Logf("%d neighbors", total)
	compareForwarding(t, ns, c, names)
}

func compareForwarding(t *testing.T, ns *harness.NS, c *route.Conn, names *link.Names) {
	t.Helper()
	r := ns.Run("bridge", "fdb", "show")
	want := strings.Count(string(r.Stdout), "\n")
	n := 0
	for f, err := range c.Neighbors(t.Context(), &route.NeighborQuery{Family: unix.AF_BRIDGE}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		line := fmt.Sprintf("%s dev %s ", link.AppendHW(nil, f.HW()), names.Name(f.Iface))
		if !strings.Contains(string(r.Stdout), line) {
			t.Errorf("forwarding entry %q: bridge does not show it", line)
		}
	}
	if n != want || n == 0 {
		t.Errorf("%d forwarding entries, bridge shows %d", n, want)
	}
}

func compareNexthops(t *testing.T, ns *harness.NS, c *route.Conn, names *link.Names) {
	t.Helper()
	want := ipJSON(t, ns, "-N -d nexthop")
	got, err := c.ListNexthops(t.Context(), 0)
	if err != nil || len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d nexthop objects, %v, ip shows %d", len(got), err, len(want))
	}
	for i, n := range got {
		o, row := want[i], fmt.Sprint("nexthop ", n.ID)
		o.check(t, row, "id", n.ID)
		o.check(t, row, "dev", names.Name(n.Iface))
		o.check(t, row, "protocol", uint8(n.Protocol))
		o.check(t, row, "scope", uint8(n.Scope))
		if n.Gateway.IsValid() {
			o.check(t, row, "gateway", n.Gateway)
		}
		if _, ok := o["blackhole"]; ok != n.Blackhole {
			t.Errorf("%s: blackhole %v", row, n.Blackhole)
		}
		if _, ok := o["fdb"]; ok != n.FDB {
			t.Errorf("%s: fdb %v", row, n.FDB)
		}
		members := o.objects("group")
		j := 0
		for m := range n.Members() {
			if j < len(members) {
				members[j].check(t, row, "id", m.ID)
				if w := members[j].num("weight"); w != 0 && w != uint64(m.Weight) {
					t.Errorf("%s: weight %d, ip says %d", row, m.Weight, w)
				}
			}
			j++
		}
		if j != len(members) {
			t.Errorf("%s: %d members, ip shows %d", row, j, len(members))
		}
		if n.GroupType == 1 {
			args := o.sub("resilient_args")
			args.check(t, row, "buckets", n.Resilient.Buckets)
			args.check(t, row, "idle_timer", n.Resilient.IdleTimer.Seconds())
			args.check(t, row, "unbalanced_timer", n.Resilient.Unbalanced.Seconds())
		}
	}
	t.Logf("%d nexthop objects", len(got))
}

// compareIPv6Entries checks the file against the kernel's own text, read in another way.
func compareIPv6Entries(t *testing.T, ns *harness.NS, rec *diag.Recorder, names *link.Names) {
	t.Helper()
	var file []byte
	ns.Do(func() { file, _ = os.ReadFile("/proc/thread-self/net/ipv6_route") })
	lines := strings.Split(strings.TrimSpace(string(file)), "\n")
	i, nulls := 0, 0
	for e, err := range route.IPv6Entries(&route.Config{NetNS: ns.FD(), Record: rec}) {
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(lines) {
			t.Fatal("more entries than lines")
		}
		d, g := e.Dst.Addr().As16(), e.Gateway.As16()
		got := fmt.Sprintf("%s %02x %s %08x %08x %s", hex.EncodeToString(d[:]), e.Dst.Bits(), hex.EncodeToString(g[:]),
			e.Metric, e.Flags, e.Iface())
		f := strings.Fields(lines[i])
		if want := strings.Join([]string{f[0], f[1], f[4], f[5], f[8], f[9]}, " "); got != want {
			t.Errorf("entry %s, the file says %s", got, want)
		}
		if e.Metric == 0xffffffff {
			nulls++
		} else if names.Index(string(e.Iface())) == 0 {
			t.Errorf("entry %s: no such link", got)
		}
		i++
	}
	if i != len(lines) || nulls == 0 {
		t.Errorf("%d entries of %d lines, %d null entries", i, len(lines), nulls)
	}
}

// TestRouteQueries compares the kernel's filters with Query.
func TestRouteQueries(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	c := routeConn(t, ns, nil)
	all, err := c.List(t.Context(), &route.Query{})
	if err != nil {
		t.Fatal(err)
	}
	v2 := ns.Index("v2")
	for _, tt := range []struct {
		name string
		q    route.Query
		want func(r *route.Route) bool
	}{
		{"main", route.Query{Table: route.TableMain}, func(r *route.Route) bool { return r.Table == route.TableMain }},
		{"table of one family", route.Query{Table: 70000}, func(r *route.Route) bool { return r.Table == 70000 }},
		{"blackholes", route.Query{Type: route.TypeBlackhole}, func(r *route.Route) bool { return r.Type == route.TypeBlackhole }},
		{"kernel's", route.Query{Protocol: route.ProtocolKernel}, func(r *route.Route) bool { return r.Protocol == route.ProtocolKernel }},
		{"v2", route.Query{Iface: v2}, func(r *route.Route) bool {
			for h := range r.Hops() {
				if h.Iface == v2 {
					return true
				}
			}
			return false
		}},
		{"local of v2", route.Query{Iface: v2, Table: route.TableLocal, Type: route.TypeLocal}, func(r *route.Route) bool {
			return r.Iface == v2 && r.Table == route.TableLocal && r.Type == route.TypeLocal
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			for _, r := range all {
				if tt.want(r) {
					want = append(want, r.Dst.String())
				}
			}
			got, err := c.List(t.Context(), &tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var dsts []string
			for _, r := range got {
				dsts = append(dsts, r.Dst.String())
			}
			if fmt.Sprint(dsts) != fmt.Sprint(want) || len(want) == 0 {
				t.Errorf("routes to %v\nwant %v", dsts, want)
			}
		})
	}
	if _, err := c.List(t.Context(), &route.Query{Table: 4242}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("a table that is not there: %v, want ENOENT", err)
	}
	// A loop that is left early must not affect the next query.
	for _, err := range c.Routes(t.Context(), &route.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if again, err := c.List(t.Context(), &route.Query{}); err != nil || len(again) != len(all) {
		t.Errorf("after a loop left early: %d routes, %v, want %d", len(again), err, len(all))
	}
}

func TestRouteLookup(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	c := routeConn(t, ns, nil)
	names := interfaceNames(t, ns)
	for _, tt := range []struct {
		words  string
		packet route.Packet
	}{
		{"10.1.2.3", route.Packet{Dst: netip.MustParseAddr("10.1.2.3")}},
		{"192.0.2.77", route.Packet{Dst: netip.MustParseAddr("192.0.2.77")}},
		{"192.0.2.1", route.Packet{Dst: netip.MustParseAddr("192.0.2.1")}},
		{"8.8.8.8", route.Packet{Dst: netip.MustParseAddr("8.8.8.8")}},
		{"10.4.1.1 mark 0x10", route.Packet{Dst: netip.MustParseAddr("10.4.1.1"), Mark: 0x10}},
		{"192.0.2.9 from 192.0.2.1", route.Packet{Dst: netip.MustParseAddr("192.0.2.9"), Src: netip.MustParseAddr("192.0.2.1")}},
		{"198.51.100.9 oif v2", route.Packet{Dst: netip.MustParseAddr("198.51.100.9"), OutIface: ns.Index("v2")}},
		{"10.1.2.3 uid 1500", route.Packet{Dst: netip.MustParseAddr("10.1.2.3"), UID: 1500, HasUID: true}},
		{"10.1.2.3 ipproto tcp sport 1500 dport 443", route.Packet{
			Dst: netip.MustParseAddr("10.1.2.3"), IPProto: 6, SrcPort: 1500, DstPort: 443,
		}},
		{"fibmatch 10.1.2.3", route.Packet{Dst: netip.MustParseAddr("10.1.2.3"), Entry: true}},
		{"2001:db8:10::5", route.Packet{Dst: netip.MustParseAddr("2001:db8:10::5")}},
		{"2001:db8::1", route.Packet{Dst: netip.MustParseAddr("2001:db8::1")}},
	} {
		r, err := c.Lookup(t.Context(), &tt.packet)
		if err != nil {
			t.Errorf("%s: %v", tt.words, err)
			continue
		}
		want := ipJSON(t, ns, "-N -d route get "+tt.words)
		if len(want) != 1 {
			t.Fatalf("ip route get %s: %v", tt.words, want)
		}
		o := want[0]
		o.check(t, tt.words, "dst", dst(r.Dst))
		o.check(t, tt.words, "dev", names.Name(r.Iface))
		o.check(t, tt.words, "table", uint32(r.Table))
		if r.Gateway.IsValid() {
			o.check(t, tt.words, "gateway", r.Gateway)
		}
		if r.PrefSrc.IsValid() {
			o.check(t, tt.words, "prefsrc", r.PrefSrc)
		}
	}
	for to, want := range map[string]error{
		"10.11.0.1": unix.EINVAL, "10.12.0.1": unix.EHOSTUNREACH, "10.13.0.1": unix.EACCES,
	} {
		if r, err := c.Lookup(t.Context(), &route.Packet{Dst: netip.MustParseAddr(to)}); !errors.Is(err, want) {
			t.Errorf("%s: %v, %v, want %v", to, r, err, want)
		}
	}
}

// TestRouteCompat requests routes with nexthop objects when the kernel sends only their numbers.
func TestRouteCompat(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	if err := os.WriteFile("/proc/sys/net/ipv4/nexthop_compat_mode", []byte("0"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := routeConn(t, ns, nil)
	set, err := c.LoadNexthops(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for r, err := range c.Routes(t.Context(), &route.Query{Table: route.TableMain}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.NexthopID == 0 {
			continue
		}
		for h := range set.Hops(r) {
			got[r.Dst.String()] += fmt.Sprintf("%v*%d ", h.Gateway, h.Weight)
		}
	}
	for to, want := range map[string]string{
		"10.30.0.0/16": "192.0.2.2*1 ", "10.31.0.0/16": "192.0.2.2*3 198.51.100.2*5 ",
		"2001:db8:23::/48": "2001:db8::2*1 ",
	} {
		if got[to] != want {
			t.Errorf("%s: hops %q, want %q", to, got[to], want)
		}
	}
}

// TestRouteExceptions has path MTUs learned from ICMP messages and lists them.
func TestRouteExceptions(t *testing.T) {
	ns := harness.New(t)
	tryIP(t, ns, `
		link add v0 type veth peer name v1
		link set v0 up
		link set v1 up
		addr add 192.0.2.1/24 dev v0
		route add 10.1.0.0/16 via 192.0.2.2
	`)
	c := routeConn(t, ns, nil)
	exceptions := func() []*route.Route {
		t.Helper()
		got, err := c.List(t.Context(), &route.Query{Cloned: true})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := exceptions(); len(got) != 0 {
		t.Fatalf("%d exceptions before any", len(got))
	}
	before, err := c.List(t.Context(), &route.Query{})
	if err != nil {
		t.Fatal(err)
	}
	fragmentationNeeded(t, "192.0.2.1", "10.1.0.5", 1200)
	got := exceptions()
	if len(got) != 1 {
		t.Fatalf("%d exceptions, want 1", len(got))
	}
	r := got[0]
	mtu, _ := r.Metrics.Get(route.MetricMTU)
	if !r.Cloned() || dst(r.Dst) != "10.1.0.5" || mtu != 1200 || r.Gateway.String() != "192.0.2.2" {
		t.Errorf("exception to %v via %v, mtu %d", r.Dst, r.Gateway, mtu)
	}
	if e := r.Cache.Expires.Seconds(); e < 500 || e > 600 {
		t.Errorf("expires in %v, want about ten minutes", r.Cache.Expires)
	}
	after, err := c.List(t.Context(), &route.Query{})
	if err != nil || len(after) != len(before) {
		t.Errorf("%d routes with the exception, %d without: %v", len(after), len(before), err)
	}
}

// fragmentationNeeded lets the host believe that a router on the way of a UDP flow has a smaller MTU.
func fragmentationNeeded(t *testing.T, from, to string, mtu uint16) {
	t.Helper()
	src, dst := netip.MustParseAddrPort(from+":5000"), netip.MustParseAddrPort(to+":6000")
	flow, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(src), net.UDPAddrFromAddrPort(dst))
	if err != nil {
		t.Fatal(err)
	}
	defer flow.Close() //nolint:errcheck // nothing was written
	icmp, err := net.Dial("ip4:icmp", from)
	if err != nil {
		t.Fatal(err)
	}
	defer icmp.Close() //nolint:errcheck // what was written is seen below
	a, b := src.Addr().As4(), dst.Addr().As4()
	m := []byte{3, 4, 0, 0, 0, 0, byte(mtu >> 8), byte(mtu)}
	m = append(m, 0x45, 0, 4, 0, 0, 1, 0x40, 0, 64, unix.IPPROTO_UDP, 0, 0)
	m = append(append(m, a[:]...), b[:]...)
	m = binary.BigEndian.AppendUint16(m, src.Port())
	m = binary.BigEndian.AppendUint16(m, dst.Port())
	m = append(m, 4, 0, 0, 0)
	sum := uint32(0)
	for i := 0; i < len(m); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(m[i:]))
	}
	sum = sum>>16 + sum&0xffff
	binary.BigEndian.PutUint16(m[2:], ^uint16(sum+sum>>16))
	if _, err := icmp.Write(m); err != nil {
		t.Fatal(err)
	}
}
