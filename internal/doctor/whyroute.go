package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// A way is the first step of packets to an address.
type way struct {
	local bool   // it is an address of this host
	iface uint32 // of the address, 0 = any
}

// meant returns the address that connect(2) uses instead of an unspecified one.
func (q *inquiry) meant(to netip.AddrPort) netip.AddrPort {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	switch to.Addr().Unmap() {
	case netip.IPv4Unspecified():
	case netip.IPv6Unspecified():
		loopback = netip.IPv6Loopback()
	default:
		return to
	}
	q.add(0, "connect(2)", "%v is not an address of a peer: connect(2) uses %v", to.Addr(), loopback)
	return netip.AddrPortFrom(loopback, to.Port())
}

// packetTo returns a packet to a peer. It is nil if none can be sent, which is added: a link-local address
// needs an interface.
func (q *inquiry) packetTo(p *inspect.Place, to netip.AddrPort) (*route.Packet, error) {
	packet, zone := packetTo(to), to.Addr().Zone()
	if zone == "" {
		if to.Addr().IsLinkLocalUnicast() && to.Addr().Is6() {
			q.cause(0, "connect(2)", "a link-local address needs an interface, as in %v%%eth0: connect(2) fails "+
				"with EINVAL", to.Addr())
			return nil, nil //nolint:nilnil // the answer tells
		}
		return packet, nil
	}
	err := withLinks(p, func(c *link.Conn) error {
		l, err := c.ByName(q.ctx, zone)
		if index, bad := strconv.ParseUint(zone, 10, 32); errors.Is(err, link.ErrNotFound) && bad == nil {
			l, err = c.Link(q.ctx, uint32(index))
		}
		if err == nil {
			packet.OutIface = l.Index
		}
		return err
	})
	if errors.Is(err, link.ErrNotFound) {
		return nil, fmt.Errorf("%v: no interface %q", to.Addr(), zone)
	}
	return packet, err
}

func packetTo(to netip.AddrPort) *route.Packet {
	return &route.Packet{Dst: bare(to.Addr()), IPProto: unix.IPPROTO_TCP, DstPort: to.Port()}
}

// route adds the route, its link and the neighbor.
func (q *inquiry) route(p *inspect.Place, packet *route.Packet) (w *way, err error) {
	err = withRoutes(p, func(c *route.Conn) (err error) {
		w, err = q.routeBy(c, p, packet)
		return err
	})
	return w, err
}

func (q *inquiry) routeBy(c *route.Conn, p *inspect.Place, packet *route.Packet) (*way, error) {
	found, err := c.Lookup(q.ctx, packet)
	if err != nil {
		if told := q.noRoute(c, packet.Dst, err); told != nil {
			return nil, told
		}
		if errors.Is(err, unix.ENETUNREACH) && packet.OutIface == 0 {
			return &way{}, q.vrfs(c, p, packet)
		}
		return &way{}, nil
	}
	r := found.Clone()
	w := &way{local: r.Type == route.TypeLocal}
	hop := r.First()
	name := p.Links.Name(hop.Iface)
	text := "goes"
	if hop.Gateway.IsValid() {
		text += fmt.Sprintf(" via %v", hop.Gateway)
	}
	q.add(0, fromRoute, "%s out of %s%s, "+
		"table %v", text, orNone(name, "no interface"), fromAddress(r.PrefSrc), r.Table)
	if (r.Type == route.TypeBroadcast || r.Type == route.TypeMulticast) && packet.IPProto == unix.IPPROTO_TCP {
		q.cause(1, fromRoute, "it is a %v address, which TCP does not connect to: connect(2) fails with "+
			"ENETUNREACH", r.Type)
	}
	if w.local {
		return w, nil
	}
	resolves := false
	err = withLinks(p, func(l *link.Conn) (err error) {
		resolves, err = q.link(l, hop.Iface, r)
		return err
	})
	if err != nil || !resolves || r.Type != route.TypeUnicast {
		return w, err
	}
	next := packet.Dst
	if hop.Gateway.IsValid() {
		next = hop.Gateway
	}
	return w, q.neighbor(c, next, hop.Iface, name)
}

// vrfs adds the VRFs that have a way where the other tables have none. Programs have to be bound to them.
func (q *inquiry) vrfs(c *route.Conn, p *inspect.Place, packet *route.Packet) error {
	var list []*link.Link
	err := withLinks(p, func(l *link.Conn) (err error) {
		list, err = l.List(q.ctx, &link.Query{})
		return err
	})
	if err != nil && !errors.Is(err, link.ErrInterrupted) {
		return err
	}
	for _, l := range list {
		if string(l.Kind()) != "vrf" {
			continue
		}
		bound := *packet
		bound.OutIface = l.Index
		if _, err := c.Lookup(q.ctx, &bound); err != nil {
			continue // no way there either
		}
		q.add(1, fromLink, "the VRF %s has a route, for programs that are bound to it: SO_BINDTODEVICE, or ip vrf "+
			"exec %s", l.Name(), shellWord(string(l.Name())))
		before := len(q.answer.Lines)
		if _, err := q.routeBy(c, p, &bound); err != nil {
			return err
		}
		for i := before; i < len(q.answer.Lines); i++ {
			q.answer.Lines[i].Level += 2
		}
	}
	return nil
}

func orNone(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

func fromAddress(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return fmt.Sprintf(" from %v", a)
}

// refusals map errors of a look-up to those of connect(2).
var refusals = []struct {
	errno  unix.Errno
	action route.Action
	typ    route.Type
	text   string
}{
	{unix.EINVAL, route.ActionBlackhole, route.TypeBlackhole, "a blackhole drops packets to it; connect(2) " +
		"fails with EINVAL"},
	{unix.EHOSTUNREACH, route.ActionUnreachable, route.TypeUnreachable, "it is marked unreachable; connect(2) " +
		"fails with EHOSTUNREACH"},
	{unix.EACCES, route.ActionProhibit, route.TypeProhibit, "it is prohibited; connect(2) fails with EACCES"},
	{unix.ENETUNREACH, 0, 0, "no route leads to it; connect(2) fails with ENETUNREACH"},
}

// noRoute adds why there is no route, and the rule or route that refuses.
func (q *inquiry) noRoute(c *route.Conn, dst netip.Addr, err error) error {
	for i := range refusals {
		r := &refusals[i]
		if !errors.Is(err, r.errno) {
			continue
		}
		q.cause(0, fromRoute, "%s", r.text)
		if r.action == 0 {
			return nil
		}
		return q.refusing(c, dst, r.action, r.typ)
	}
	return err
}

// refusing adds the first rule, else the most specific route, that refuses an address.
func (q *inquiry) refusing(c *route.Conn, dst netip.Addr, action route.Action, typ route.Type) error {
	family := uint8(unix.AF_INET)
	if dst.Is6() {
		family = unix.AF_INET6
	}
	for rule, err := range c.Rules(q.ctx, family) {
		if err != nil {
			return err
		}
		if rule.Action == action && (!rule.Dst.IsValid() || rule.Dst.Contains(dst)) {
			q.add(1, fromRules, "by rule %d: %s", rule.Priority, action)
			return nil
		}
	}
	var narrowest *route.Route
	for r, err := range c.Routes(q.ctx, &route.Query{Family: family}) {
		if err != nil && !errors.Is(err, route.ErrInterrupted) {
			return err
		}
		if err == nil && r.Type == typ && r.Dst.Contains(dst) &&
			(narrowest == nil || r.Dst.Bits() > narrowest.Dst.Bits()) {
			narrowest = r.Clone()
		}
	}
	if narrowest != nil {
		q.add(1, fromRoute, "by the route to %v in table %v: %v", narrowest.Dst, narrowest.Table, typ)
	}
	return nil
}

// link adds the state of the outgoing interface. It reports whether neighbors are resolved on it.
func (q *inquiry) link(c *link.Conn, index uint32, r *route.Route) (resolves bool, err error) {
	l, err := c.Link(q.ctx, index)
	if errors.Is(err, link.ErrNotFound) {
		return false, nil // removed meanwhile
	}
	if err != nil {
		return false, err
	}
	name, mtu, master := string(l.Name()), l.MTU, l.Master
	resolves = l.Flags&unix.IFF_NOARP == 0
	down := l.OperState == link.OperStateDown || l.OperState == link.OperStateLowerLayerDown
	if down || l.Flags&unix.IFF_UP == 0 {
		q.cause(1, fromLink, "%s is down", name)
	} else {
		q.add(1, fromLink, "%s is up, MTU %d", name, mtu)
	}
	if m, ok := r.Metrics.Get(route.MetricMTU); ok && m != 0 && m < mtu {
		q.add(1, fromRoute, "the path MTU is %d bytes", m)
	}
	if master == 0 {
		return resolves, nil
	}
	if v, err := c.Link(q.ctx, master); err == nil && string(v.Kind()) == "vrf" {
		q.add(1, fromLink, "%s belongs to the VRF %s: programs reach it when they are bound "+
			"to that", name, v.Name())
	}
	return resolves, nil
}

// neighbor adds the state of the next hop's neighbor entry.
func (q *inquiry) neighbor(c *route.Conn, next netip.Addr, index uint32, name string) error {
	list, err := c.ListNeighbors(q.ctx, &route.NeighborQuery{})
	if err != nil && !errors.Is(err, route.ErrInterrupted) {
		return err
	}
	i := slices.IndexFunc(list, func(n *route.Neighbor) bool { return n.Addr == next && n.Iface == index })
	switch {
	case i < 0:
		q.add(1, fromNeigh, "no entry of the neighbor %v on %s yet", next, name)
	case list[i].State&route.NeighborStateFailed != 0:
		q.cause(1, fromNeigh, "the neighbor %v on %s does not answer (FAILED); connect(2) fails with "+
			"EHOSTUNREACH", next, name)
	case list[i].State&route.NeighborStateIncomplete != 0:
		q.add(1, fromNeigh, "the neighbor %v on %s has not answered yet (INCOMPLETE)", next, name)
	default:
		q.add(1, fromNeigh, "the neighbor %v on %s is %v", next, name, list[i].State)
	}
	return nil
}
