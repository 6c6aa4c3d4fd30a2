//go:build integration

package integration

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

var update = flag.Bool("update", false, "rewrite the recordings in the testdata of pkg/link, route, maddr and conntrack, and of internal/cli")

// recorder writes a recording into a package's testdata, with -update; else there is none.
func recorder(t *testing.T, path string) *diag.Recorder {
	t.Helper()
	if !*update {
		return nil
	}
	path = filepath.Join("..", "pkg", path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	rec := diag.NewRecorder(f, nil)
	t.Cleanup(func() {
		if err := errors.Join(rec.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	})
	return rec
}

// needUsers matches what a user namespace of one user refuses: tun devices, and users that it does not have.
var needUsers = regexp.MustCompile(`\b(tuntap|tun7|tap7|uidrange)\b`)

// tryIP runs ip with each line of a script and returns those that this kernel refused.
func tryIP(t *testing.T, ns *harness.NS, script string) (refused []string) {
	t.Helper()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || harness.OneUser() && needUsers.MatchString(line) {
			continue
		}
		if r := ns.Run("ip", strings.Fields(line)...); r.Code != 0 {
			refused = append(refused, line)
			t.Logf("ip %s: %s", line, strings.TrimSpace(string(r.Stderr)))
		}
	}
	return refused
}

// linkZoo makes a link of every kind that this kernel has.
func linkZoo(t *testing.T, ns *harness.NS) {
	t.Helper()
	refused := tryIP(t, ns, `
		link add v0 type veth peer name v1 address 02:00:00:00:00:02
		link add br0 type bridge forward_delay 1000 hello_time 300 priority 4096
		link set v1 master br0
		link set v0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 77
		link set v0 alias uplink
		link property add dev v0 altname a-name-much-longer-than-others
		link property add dev v0 altname other
		link set v0 up
		link set v1 up
		link set br0 up
		link set v0 allmulticast on
		link set v0 promisc on
		link set v0 group 7
		link add mv0 link v0 address 02:00:00:00:00:03 type macvlan mode bridge
		link add mt0 link v0 address 02:00:00:00:00:04 type macvtap mode vepa
		link add vx0 address 02:00:00:00:00:05 type vxlan id 42 dev v0 local 192.0.2.1 group 239.0.0.1 dstport 4789 ttl 5 tos 3 srcport 1000 2000
		link add vx6 address 02:00:00:00:00:06 type vxlan id 43 remote 2001:db8::9 dstport 4790 nolearning
		link add ifb7 address 02:00:00:00:00:07 type ifb
		tuntap add dev tun7 mode tun user 0
		tuntap add dev tap7 mode tap multi_queue
		link set tap7 address 02:00:00:00:00:08
		link set tun7 up
		link set vx0 up
		link add bond7 address 02:00:00:00:00:09 type bond mode active-backup miimon 100
		link add dummy7 address 02:00:00:00:00:0a type dummy
		link add vl7 link v0 type vlan id 7 protocol 802.1ad
		link add vrf7 type vrf table 77
		link add ipv7 link v0 type ipvlan mode l3
		link add gre7 type gre local 192.0.2.1 remote 192.0.2.2 key 5
		link add g67 type ip6gre local 2001:db8::1 remote 2001:db8::2
		link add ipip7 type ipip local 192.0.2.1 remote 192.0.2.2
		link add sit7 type sit local 192.0.2.1 remote 192.0.2.2
		link add ip6t7 type ip6tnl local 2001:db8::1 remote 2001:db8::2
		link add vti7 type vti local 192.0.2.1 remote 192.0.2.2 key 5
		link add gnv7 address 02:00:00:00:00:0b type geneve id 7 remote 192.0.2.2
		link add wg7 type wireguard
		link add xfrm7 type xfrm dev v0 if_id 7
		link add nk7 type netkit
		link add macsec7 link v0 type macsec
	`)
	for _, line := range refused {
		if !strings.Contains(line, " type ") {
			t.Errorf("ip %s: refused", line)
		}
	}
}

// addressZoo gives v0 addresses of every form.
func addressZoo(t *testing.T, ns *harness.NS) {
	t.Helper()
	if refused := tryIP(t, ns, `
		addr add 192.0.2.1/24 brd + dev v0
		addr add 192.0.2.7/24 dev v0 label v0:one
		addr add 198.51.100.1 peer 198.51.100.2 dev v0
		addr add 203.0.113.5/28 dev v0 valid_lft 1000 preferred_lft 500 scope link metric 77
		addr add 2001:db8::1/64 dev v0 nodad
		addr add 2001:db8::5 peer 2001:db8::6 dev v0 nodad
		addr add 2001:db8:1::1/64 dev v0 nodad valid_lft 900 preferred_lft 0 noprefixroute
		addr add fd00::1/8 dev v0 nodad home metric 5
		addr add 10.9.9.9/32 dev lo scope host
	`); len(refused) > 0 {
		t.Errorf("refused: %q", refused)
	}
}

func linkConn(t *testing.T, ns *harness.NS, rec *diag.Recorder) *link.Conn {
	t.Helper()
	c, err := link.Dial(&link.Config{NetNS: ns.FD(), Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // nothing is written
	return c
}

// TestLinks compares every field of every kind of link with the output of ip.
func TestLinks(t *testing.T) {
	ns := harness.New(t)
	linkZoo(t, ns)
	addressZoo(t, ns)
	c := linkConn(t, ns, recorder(t, "link/testdata/links.rec"))
	want := map[uint32]object{}
	for _, o := range ipJSON(t, ns, "-s -d link show") {
		want[uint32(o.num("ifindex"))] = o
	}
	kinds := map[string]int{}
	links, err := c.List(t.Context(), &link.Query{})
	if err != nil {
		t.Fatal(err)
	}
	names := map[uint32]string{}
	for _, l := range links {
		names[l.Index] = string(l.Name())
	}
	for _, l := range links {
		kinds[string(l.Kind())]++
		o, ok := want[l.Index]
		if !ok {
			t.Errorf("%s: ip does not show it", l.Name())
			continue
		}
		delete(want, l.Index)
		compareLink(t, l, o, names)
	}
	for i, o := range want {
		t.Errorf("link %d %v is missing", i, o["ifname"])
	}
	t.Logf("%d links: %v", len(links), kinds)
	compareSamples(t, c, links)
	compareAddresses(t, ns, c)
	if s := c.Stats(); s.Malformed != 0 {
		t.Errorf("%d malformed attributes", s.Malformed)
	}
}

func compareLink(t *testing.T, l *link.Link, o object, names map[uint32]string) {
	t.Helper()
	name := string(l.Name())
	check := func(key string, got any) {
		t.Helper()
		o.check(t, name, key, got)
	}
	check("ifname", name)
	check("mtu", l.MTU)
	check("qdisc", string(l.Qdisc()))
	check("operstate", strings.ToUpper(l.OperState.String()))
	check("address", string(link.AppendHW(nil, l.Addr())))
	check("broadcast", string(link.AppendHW(nil, l.Broadcast())))
	check("ifalias", string(l.Alias()))
	check("promiscuity", l.Promiscuity)
	check("allmulti", l.AllMulti)
	check("min_mtu", l.MinMTU)
	check("max_mtu", l.MaxMTU)
	check("num_tx_queues", l.TxQueues)
	check("num_rx_queues", l.RxQueues)
	check("gso_max_size", l.GSOMaxSize)
	check("gso_max_segs", l.GSOMaxSegs)
	check("gro_max_size", l.GROMaxSize)
	check("tso_max_size", l.TSOMaxSize)
	check("tso_max_segs", l.TSOMaxSegs)
	check("master", names[l.Master])
	check("txqlen", l.TxQueueLen)
	if _, ok := o["link"]; ok {
		check("link", names[l.Lower])
	}
	for flag, bit := range map[string]uint32{
		"UP": unix.IFF_UP, "BROADCAST": unix.IFF_BROADCAST, "LOOPBACK": unix.IFF_LOOPBACK, "PROMISC": unix.IFF_PROMISC,
		"ALLMULTI": unix.IFF_ALLMULTI, "MULTICAST": unix.IFF_MULTICAST, "NOARP": unix.IFF_NOARP,
		"POINTOPOINT": unix.IFF_POINTOPOINT, "LOWER_UP": unix.IFF_LOWER_UP, "MASTER": unix.IFF_MASTER,
	} {
		if want := o.list("flags")[flag]; want != (l.Flags&bit != 0) {
			t.Errorf("%s: flag %s: %v, ip says %v", name, flag, !want, want)
		}
	}
	var alt []string
	for n := range l.AltNames() {
		alt = append(alt, string(n))
	}
	if got := o.list("altnames"); len(alt) != len(got) {
		t.Errorf("%s: alternative names %q, ip says %v", name, alt, got)
	}
	for _, n := range alt {
		if !o.list("altnames")[n] {
			t.Errorf("%s: alternative name %q unknown to ip", name, n)
		}
	}
	compareStats(t, name, &l.Stats, o.sub("stats64"))
	info := o.sub("linkinfo")
	info.check(t, name, "info_kind", string(l.Kind()))
	info.check(t, name, "info_slave_kind", string(l.MemberKind()))
	for d := range l.Details() {
		compareDetail(t, name, &d, info.sub("info_data"), names)
	}
	for d := range l.MemberDetails() {
		compareDetail(t, name, &d, info.sub("info_slave_data"), names)
	}
}

func compareStats(t *testing.T, name string, s *link.Stats, o object) {
	t.Helper()
	rx, tx := o.sub("rx"), o.sub("tx")
	for key, got := range map[string]uint64{
		"bytes": s.RxBytes, "packets": s.RxPackets, "errors": s.RxErrors, "dropped": s.RxDropped,
		"over_errors": s.RxOverErrors, "multicast": s.Multicast, "length_errors": s.RxLengthErrors,
		"crc_errors": s.RxCRCErrors, "frame_errors": s.RxFrameErrors, "fifo_errors": s.RxFIFOErrors,
		"missed_errors": s.RxMissedErrors, "nohandler": s.RxNoHandler, "otherhost_dropped": s.RxOtherHostDropped,
	} {
		rx.atLeast(t, name+" rx", key, got)
	}
	for key, got := range map[string]uint64{
		"bytes": s.TxBytes, "packets": s.TxPackets, "errors": s.TxErrors, "dropped": s.TxDropped,
		"carrier_errors": s.TxCarrierErrors, "collisions": s.Collisions, "aborted_errors": s.TxAbortedErrors,
		"fifo_errors": s.TxFIFOErrors, "window_errors": s.TxWindowErrors, "heartbeat_errors": s.TxHeartbeatErrors,
	} {
		tx.atLeast(t, name+" tx", key, got)
	}
}

// compareDetail compares one property of a kind; ip words some of them in its own way, and leaves out
// those that have their default.
func unpadded(id string) string {
	fields := strings.FieldsFunc(id, func(r rune) bool { return r == '.' || r == ':' })
	for i, f := range fields {
		fields[i] = strings.TrimLeft(f, "0")
	}
	return strings.Join(fields, ":")
}

func compareDetail(t *testing.T, name string, d *link.Detail, o object, names map[uint32]string) {
	t.Helper()
	want, ok := o[d.Name]
	if !ok || strings.HasSuffix(d.Name, "_timer") { // which runs between the two reads
		return
	}
	got := string(d.AppendTo(nil))
	switch d.Form {
	case link.DetailLinkIndex:
		got = names[uint32(d.Num)]
	case link.DetailNumber:
		if s, isText := want.(string); isText && !strings.HasPrefix(s, "0x") {
			return // a word for a number: "bridge" for macvlan's mode 4
		} else if isText {
			got = fmt.Sprintf("%#x", d.Num)
		}
	case link.DetailPortRange:
		return
	case link.DetailBridgeID:
		got, want = unpadded(got), unpadded(text(want)) // ip leaves the zeros of bytes out
	default: // as AppendTo writes it
	}
	if b, isBool := want.(bool); isBool {
		got, want = fmt.Sprint(d.Num != 0), fmt.Sprint(b)
	}
	if s := text(want); s != got && s != strings.TrimLeft(got, "0") {
		t.Errorf("%s: %s = %s, ip says %v", name, d.Name, got, s)
	}
}

// compareSamples checks the counters of RTM_GETSTATS against earlier ones of the links.
func compareSamples(t *testing.T, c *link.Conn, links []*link.Link) {
	t.Helper()
	n := 0
	for s, err := range c.Samples(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		l := links[n]
		n++
		if s.Index != l.Index || s.Stats.RxBytes < l.Stats.RxBytes || s.Stats.TxPackets < l.Stats.TxPackets {
			t.Errorf("sample %d of %d, link %d: %+v before %+v", n, s.Index, l.Index, l.Stats, s.Stats)
		}
	}
	if n != len(links) {
		t.Errorf("%d samples of %d links", n, len(links))
	}
}

func compareAddresses(t *testing.T, ns *harness.NS, c *link.Conn) {
	t.Helper()
	want := map[string]object{}
	for _, l := range ipJSON(t, ns, "-d addr show") {
		for _, a := range l.objects("addr_info") {
			want[fmt.Sprint(l.num("ifindex"), " ", a["local"], "/", a["prefixlen"])] = a
		}
	}
	n := 0
	for a, err := range c.Addresses(t.Context(), &link.AddressQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(uint64(a.Link), " ", a.Prefix)
		o, ok := want[key]
		if !ok {
			t.Errorf("address %s: ip does not show it", key)
			continue
		}
		delete(want, key)
		n++
		o.check(t, key, "label", string(a.Label()))
		if a.Peer.IsValid() {
			o.check(t, key, "address", a.Peer.String())
		}
		if a.Broadcast.IsValid() {
			o.check(t, key, "broadcast", a.Broadcast.String())
		}
		o.check(t, key, "scope", map[uint8]string{0: "global", 253: "link", 254: "host"}[a.Scope])
		o.check(t, key, "metric", a.Priority)
		for _, life := range []struct {
			key string
			got int64
		}{{"valid_life_time", int64(a.Valid.Seconds())}, {"preferred_life_time", int64(a.Preferred.Seconds())}} {
			got := uint64(life.got)
			if a.Valid == link.Forever {
				got = 0xffffffff
			}
			if w := o.num(life.key); got > w || got+2 < w {
				t.Errorf("%s: %s = %d, ip says %d", key, life.key, got, w)
			}
		}
		for flag, bit := range map[string]uint32{
			"noprefixroute": unix.IFA_F_NOPREFIXROUTE, "home": unix.IFA_F_HOMEADDRESS, "nodad": unix.IFA_F_NODAD,
			"mngtmpaddr": unix.IFA_F_MANAGETEMPADDR, "deprecated": unix.IFA_F_DEPRECATED, "secondary": unix.IFA_F_SECONDARY,
		} {
			if want := o[flag] == true; want != (a.Flags&bit != 0) {
				t.Errorf("%s: flag %s: %v, ip says %v", key, flag, !want, want)
			}
		}
	}
	for key := range want {
		t.Errorf("address %s is missing", key)
	}
	t.Logf("%d addresses", n)
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		some, err := c.ListAddresses(t.Context(), &link.AddressQuery{Family: family})
		if err != nil || len(some) == 0 {
			t.Errorf("%d addresses of family %d: %v", len(some), family, err)
		}
	}
}

func TestLinkQueries(t *testing.T) {
	ns := harness.New(t)
	linkZoo(t, ns)
	c := linkConn(t, ns, nil)
	br := ns.Index("br0")
	all, err := c.List(t.Context(), &link.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []link.Query{{Master: br}, {Kind: "veth"}, {}, {Kind: "veth", Master: br}} {
		some, err := c.List(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, l := range all {
			if (q.Master == 0 || l.Master == q.Master) && (q.Kind == "" || string(l.Kind()) == q.Kind) {
				n++
			}
		}
		if len(some) != n || n == 0 {
			t.Errorf("%+v: %d links, want %d", q, len(some), n)
		}
	}
	for _, name := range []string{"v0", "other", "a-name-much-longer-than-others"} {
		if l, err := c.ByName(t.Context(), name); err != nil || string(l.Name()) != "v0" {
			t.Errorf("ByName(%q): %v", name, err)
		}
	}
	if _, err := c.ByName(t.Context(), "nobody"); !errors.Is(err, link.ErrNotFound) {
		t.Errorf("ByName of nobody: %v", err)
	}
	if l, err := c.Link(t.Context(), br); err != nil || string(l.Name()) != "br0" {
		t.Errorf("Link(br0): %v", err)
	}
	if _, err := c.Link(t.Context(), 9999); !errors.Is(err, link.ErrNotFound) {
		t.Errorf("Link(9999): %v", err)
	}
	names := link.NewNames(&link.Config{NetNS: ns.FD()})
	for _, l := range all {
		if got := names.Name(l.Index); got != string(l.Name()) {
			t.Errorf("Name(%d) = %q, want %q", l.Index, got, l.Name())
		}
	}
	if names.Name(9999) != "" || names.Index("br0") != br || names.Err() != nil {
		t.Errorf("Name(9999) = %q, Index(br0) = %d, %v", names.Name(9999), names.Index("br0"), names.Err())
	}
	tryIP(t, ns, "link add late type ifb")
	if got := names.Name(ns.Index("late")); got != "late" {
		t.Errorf("a link made later = %q", got)
	}
	if err := names.Close(); err != nil {
		t.Error(err)
	}
}

func TestLinkEvents(t *testing.T) {
	ns := harness.New(t)
	c, err := link.Dial(&link.Config{NetNS: ns.FD(), Events: link.GroupLinks})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing is written
	tryIP(t, ns, "link add e0 type ifb\nlink set e0 up\nlink del e0")
	var seen []string
	for l, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprint(string(l.Name()), l.Up(), l.Deleted))
		if l.Deleted {
			break
		}
	}
	if len(seen) < 3 || !strings.HasPrefix(seen[0], "e0false") {
		t.Errorf("events: %q", seen)
	}
}
