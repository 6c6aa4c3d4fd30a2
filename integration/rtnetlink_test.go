//go:build integration

package integration

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// A second reference besides `ip -j`: another library that decodes the same messages. It cannot decode, so
// that these are not compared:
//
//   - links: kinds of several sorts, VFs; with its drivers, which pkg/nltest needs, what follows the kind of a
//     macvlan
//   - addresses: the protocol that set one (IFA_PROTO), the priority of some
//   - routes: window and RTT of the metrics, encapsulations, nexthop objects, realms, the preferred source
//   - neighbors: protocol, VLAN and VNI of forwarding entries, extended flags
//   - rules: user ids, which it reads as 16 bits; DSCP, flow labels and, on kernels of 2025, ports, which come
//     with masks: one rule that has them makes the whole list fail

// peer dials the other library in a namespace.
func peer(t *testing.T, ns *harness.NS) *rtnetlink.Conn {
	t.Helper()
	c, err := rtnetlink.Dial(&netlink.Config{NetNS: ns.FD()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // nothing is written
	return c
}

// agree compares rows in any order, of which there must be some.
func agree(t *testing.T, what string, ours, theirs []string, few int) {
	t.Helper()
	slices.Sort(ours)
	slices.Sort(theirs)
	if len(theirs) < few {
		t.Errorf("%d %s, want %d at least", len(theirs), what, few)
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("%s: -rtnetlink +ours:\n%s", what, diff)
	}
	t.Logf("%d %s", len(ours), what)
}

// address writes an address of either library.
func address(ip net.IP) string {
	a, ok := netip.AddrFromSlice(ip)
	if !ok {
		return "-"
	}
	if len(ip) == 4 || a.Is4() {
		a = a.Unmap()
	}
	return a.String()
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "-"
	}
	return a.String()
}

// decoded leaves out the queueing discipline where the other library does not find it.
func decoded(kind, qdisc string) string {
	if kind == "macvlan" {
		return "-"
	}
	return qdisc
}

func kindOf(info *rtnetlink.LinkInfo) string {
	if info == nil {
		return ""
	}
	return info.Kind
}

// TestRtnetlinkLinks compares links and addresses.
func TestRtnetlinkLinks(t *testing.T) {
	ns := harness.New(t)
	linkZoo(t, ns)
	addressZoo(t, ns)
	c, other := linkConn(t, ns, nil), peer(t, ns)

	var ours, theirs []string
	list, err := c.List(t.Context(), &link.Query{})
	if err != nil {
		t.Fatal(err)
	}
	const format = "%d %s type %d flags %x mtu %d mac %x brd %x txq %d state %d mode %d group %d master %d qdisc %s alias %q also %q changes %d"
	for _, l := range list {
		var also []string
		for name := range l.AltNames() {
			also = append(also, string(name))
		}
		ours = append(ours, fmt.Sprintf(format, l.Index, l.Name(), l.Type, l.Flags, l.MTU, l.Addr(), l.Broadcast(), l.TxQueueLen,
			l.OperState, l.LinkMode, l.Group, l.Master, decoded(string(l.Kind()), string(l.Qdisc())), l.Alias(), also,
			l.CarrierChanges))
	}
	links, err := other.Link.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range links {
		m, a := &links[i], links[i].Attributes
		theirs = append(theirs, fmt.Sprintf(format, m.Index, a.Name, m.Type, m.Flags, a.MTU, []byte(a.Address), []byte(a.Broadcast),
			deref(a.TxQueueLen), a.OperationalState, deref(a.LinkMode), deref(a.NetDevGroup), deref(a.Master),
			decoded(kindOf(a.Info), a.QueueDisc), deref(a.Alias), a.AltNames, deref(a.CarrierChanges)))
	}
	agree(t, "links", ours, theirs, 8)
	compareOtherAddresses(t, c, other)
}

func compareOtherAddresses(t *testing.T, c *link.Conn, other *rtnetlink.Conn) {
	t.Helper()
	var ours, theirs []string
	list, err := c.ListAddresses(t.Context(), &link.AddressQuery{})
	if err != nil {
		t.Fatal(err)
	}
	const format = "link %d %s/%d peer %s brd %s scope %d flags %x label %s"
	for _, a := range list {
		ours = append(ours, fmt.Sprintf(format, a.Link, a.Prefix.Addr(), a.Prefix.Bits(), addrText(a.Peer), addrText(a.Broadcast),
			a.Scope, a.Flags, a.Label()))
	}
	messages, err := other.Address.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		m, a := &messages[i], messages[i].Attributes
		local, remote := a.Local, a.Address
		if local == nil { // IPv6 without a peer
			local, remote = a.Address, nil
		}
		if local.Equal(remote) {
			remote = nil
		}
		theirs = append(theirs, fmt.Sprintf(format, m.Index, address(local), m.PrefixLength, address(remote), address(a.Broadcast),
			m.Scope, a.Flags, a.Label))
	}
	agree(t, "addresses", ours, theirs, 10)
}

// TestRtnetlinkRoutes compares routes, neighbors and rules.
func TestRtnetlinkRoutes(t *testing.T) {
	ns := harness.New(t)
	routeZoo(t, ns)
	for _, pref := range []string{"1004", "1005"} { // user ids, ports
		ip(t, ns, "rule del pref "+pref)
	}
	c, other := routeConn(t, ns, nil), peer(t, ns)

	var ours, theirs []string
	list, err := c.List(t.Context(), &route.Query{})
	if err != nil {
		t.Fatal(err)
	}
	const format = "%d %s/%d from /%d via %s dev %d table %d proto %d scope %d type %d tos %d prio %d mtu %d hops %d"
	for _, r := range list {
		hops := 0
		if r.Multipath() {
			for range r.Hops() {
				hops++
			}
		}
		mtu, _ := r.Metrics.Get(unix.RTAX_MTU)
		src := max(0, r.Src.Bits())
		ours = append(ours, fmt.Sprintf(format, r.Family, r.Dst.Addr(), r.Dst.Bits(), src, addrText(r.Gateway), r.Iface, r.Table,
			r.Protocol, r.Scope, r.Type, r.TOS, r.Priority, mtu, hops))
	}
	messages, err := other.Route.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		theirs = append(theirs, theirRoute(format, &messages[i]))
	}
	agree(t, "routes", ours, theirs, 30)
	compareOtherNeighbors(t, c, other)
	compareOtherRules(t, c, other)
}

func theirRoute(format string, m *rtnetlink.RouteMessage) string {
	a := &m.Attributes
	dst := address(a.Dst)
	if a.Dst == nil {
		dst = map[uint8]string{unix.AF_INET: "0.0.0.0", unix.AF_INET6: "::"}[m.Family]
	}
	gateway := a.Gateway
	if a.Via != nil {
		gateway = a.Via.Addr
	}
	mtu := uint32(0)
	if a.Metrics != nil {
		mtu = a.Metrics.MTU
	}
	return fmt.Sprintf(format, m.Family, dst, m.DstLength, m.SrcLength, address(gateway), a.OutIface, a.Table,
		m.Protocol, m.Scope, m.Type, m.Tos, a.Priority, mtu, len(a.Multipath))
}

func compareOtherNeighbors(t *testing.T, c *route.Conn, other *rtnetlink.Conn) {
	t.Helper()
	var ours, theirs []string
	list, err := c.ListNeighbors(t.Context(), &route.NeighborQuery{})
	if err != nil {
		t.Fatal(err)
	}
	const format = "%d dev %d %s lladdr %x state %x flags %x"
	for _, n := range list {
		ours = append(ours, fmt.Sprintf(format, n.Family, n.Iface, addrText(n.Addr), n.HW(), uint16(n.State), n.Flags))
	}
	messages, err := other.Neigh.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		m, a := &messages[i], messages[i].Attributes
		theirs = append(theirs, fmt.Sprintf(format, m.Family, m.Index, address(a.Address), []byte(a.LLAddress), m.State, m.Flags))
	}
	agree(t, "neighbors", ours, theirs, 8)
}

func compareOtherRules(t *testing.T, c *route.Conn, other *rtnetlink.Conn) {
	t.Helper()
	var ours, theirs []string
	list, err := c.ListRules(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	const format = "%d pref %d action %d table %d from /%d to /%d iif %q oif %q mark %x/%x goto %d proto %d tos %d"
	for _, r := range list {
		mask := r.MarkMask
		ours = append(ours, fmt.Sprintf(format, r.Family, r.Priority, r.Action, r.Table, max(0, r.Src.Bits()), max(0, r.Dst.Bits()),
			r.InIface(), r.OutIface(), r.Mark, mask, r.Goto, r.Protocol, r.TOS))
	}
	messages, err := other.Rule.List()
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		m, a := &messages[i], messages[i].Attributes
		if m.Family >= unix.AF_MAX { // of multicast routing, which it does not tell from the others
			continue
		}
		theirs = append(theirs, fmt.Sprintf(format, m.Family, deref(a.Priority), m.Action, deref(a.Table), m.SrcLength, m.DstLength,
			deref(a.IIFName), deref(a.OIFName), deref(a.FwMark), deref(a.FwMask), deref(a.Goto), deref(a.Protocol), m.TOS))
	}
	agree(t, "rules", ours, theirs, 15)
}
