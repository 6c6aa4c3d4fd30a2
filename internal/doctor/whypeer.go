package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// peer answers how this host gets to an address, or why it does not.
func (q *inquiry) peer(to netip.AddrPort) error {
	lines := q.answer.Lines
	q.answer.Lines = nil
	settings, err := q.settings()
	if err != nil {
		return err
	}
	var way *way
	err = q.session.Each(q.ctx, func(p *inspect.Place) (err error) {
		way, err = q.route(p, packetTo(to))
		return err
	})
	if err != nil {
		return err
	}
	if err := q.conversations(to, way, settings); err != nil {
		return err
	}
	switch {
	case q.fails():
		q.head("a connection to %s fails", address(to))
	case way.local:
		q.head("%s is an address of this host", address(to))
	default:
		q.head("this host has a way to %s", address(to))
	}
	q.answer.Lines = append(lines, q.answer.Lines...)
	return nil
}

// address is a peer with its port, if it has one.
func address(to netip.AddrPort) string {
	if to.Port() == 0 {
		return to.Addr().String()
	}
	return to.String()
}

func unmap(ap netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()) }

// A way is how packets to an address leave.
type way struct {
	local  bool // it is an address of this host
	source netip.Addr
}

func packetTo(to netip.AddrPort) *route.Packet {
	return &route.Packet{Dst: to.Addr().Unmap().WithZone(""), IPProto: unix.IPPROTO_TCP, DstPort: to.Port()}
}

// route adds the route, its link and the neighbor.
func (q *inquiry) route(p *inspect.Place, packet *route.Packet) (*way, error) {
	c, err := route.Dial(&route.Config{NetNS: p.FD})
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	found, err := c.Lookup(q.ctx, packet)
	if err != nil {
		return &way{}, q.noRoute(c, packet.Dst, err)
	}
	r := found.Clone()
	w := &way{local: r.Type == route.TypeLocal, source: r.PrefSrc}
	hop := r.First()
	name := p.Links.Name(hop.Iface)
	text := "goes"
	if hop.Gateway.IsValid() {
		text += fmt.Sprintf(" via %v", hop.Gateway)
	}
	q.add(0, fromRoute, "%s out of %s%s, "+
		"table %v", text, orNone(name, "no interface"), fromAddress(r.PrefSrc), r.Table)
	if w.local {
		return w, nil
	}
	if err := withLinks(p, func(l *link.Conn) error { return q.link(l, hop.Iface, r) }); err != nil {
		return nil, err
	}
	next := packet.Dst
	if hop.Gateway.IsValid() {
		next = hop.Gateway
	}
	return w, q.neighbor(c, next, hop.Iface, name)
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

// refusals says what an error of a look-up means to connect(2).
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

// noRoute adds why there is no way, and the rule or route that says so.
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

// refusing adds the first rule, else the narrowest route, that refuses an address.
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
			q.add(1, fromRules, "rule %d says so: %s", rule.Priority, action)
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
		q.add(1, fromRoute, "the route to %v in table %v says so: %v", narrowest.Dst, narrowest.Table, typ)
	}
	return nil
}

// link adds what is known of the interface that packets leave by.
func (q *inquiry) link(c *link.Conn, index uint32, r *route.Route) error {
	l, err := c.Link(q.ctx, index)
	if errors.Is(err, link.ErrNotFound) {
		return nil // it went meanwhile
	}
	if err != nil {
		return err
	}
	name, mtu, master := string(l.Name()), l.MTU, l.Master
	if l.Flags&unix.IFF_UP == 0 || l.OperState == link.OperStateDown ||
		l.OperState == link.OperStateLowerLayerDown {
		q.cause(1, fromLink, "%s is down", name)
	} else {
		q.add(1, fromLink, "%s is up, MTU %d", name, mtu)
	}
	if m, ok := r.Metrics.Get(route.MetricMTU); ok && m != 0 && m < mtu {
		q.add(1, fromRoute, "the path takes packets of %d bytes", m)
	}
	if master == 0 {
		return nil
	}
	if v, err := c.Link(q.ctx, master); err == nil && string(v.Kind()) == "vrf" {
		q.add(1, fromLink, "%s belongs to the VRF %s: programs reach it when they are bound "+
			"to that", name, v.Name())
	}
	return nil
}

// neighbor adds whether the next host on the link answers.
func (q *inquiry) neighbor(c *route.Conn, next netip.Addr, index uint32, name string) error {
	list, err := c.ListNeighbors(q.ctx, &route.NeighborQuery{})
	if err != nil && !errors.Is(err, route.ErrInterrupted) {
		return err
	}
	i := slices.IndexFunc(list, func(n *route.Neighbor) bool { return n.Addr == next && n.Iface == index })
	switch {
	case i < 0:
		q.add(1, fromNeigh, "nothing is known of the neighbor %v on %s yet", next, name)
	case list[i].State&route.NeighborStateFailed != 0:
		q.cause(1, fromNeigh, "the neighbor %v on %s does not answer (FAILED); connect(2) fails with "+
			"EHOSTUNREACH", next, name)
	case list[i].State&route.NeighborStateIncomplete != 0:
		q.cause(1, fromNeigh, "the neighbor %v on %s has not answered yet (INCOMPLETE)", next, name)
	default:
		q.add(1, fromNeigh, "the neighbor %v on %s is %v", next, name, list[i].State)
	}
	return nil
}

// A traffic is what sockets say about one peer.
type traffic struct {
	states   map[diag.State]int
	listen   []*inspect.Row // where the address is of this host
	silent   int            // SYNs without an answer
	retrans  int            // connections that wait for an answer for the second time or longer
	worstRTT time.Duration
	ports    ports
}

// conversations adds what connections to the peer tell.
func (q *inquiry) conversations(to netip.AddrPort, w *way, settings sysctls) error {
	_, _, usable := settings.portRange()
	t := traffic{states: map[diag.State]int{}, ports: newPorts(settings)}
	plan := inspect.Plan{Queries: inspect.Ask(peerQueries(to, w.local)...), Needs: inspect.NeedTCP}
	for row, err := range q.session.Sockets(q.ctx, &plan) {
		if err != nil {
			return err
		}
		t.take(row, to, w)
	}
	if w.local {
		q.tellListeners(&t, to)
	}
	q.tellTraffic(&t, to)
	q.tellPorts(&t, to, usable)
	return q.translated(to)
}

func peerQueries(to netip.AddrPort, local bool) (list []diag.Query) {
	port := to.Port()
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP, Want: diag.HasTCPInfo, RemotePort: port}
		list = append(list, q)
		if local {
			q.RemotePort, q.LocalPort, q.States = 0, port, 1<<diag.StateListen
			list = append(list, q)
		}
	}
	return list
}

func (t *traffic) take(row *inspect.Row, to netip.AddrPort, w *way) {
	if row.State == diag.StateListen {
		if w.local && serves(row.Local.Addr(), to.Addr().Unmap()) {
			t.listen = append(t.listen, row.Clone())
		}
		return
	}
	t.ports.take(row.Socket)
	if row.Remote.Addr().Unmap() != to.Addr().Unmap() || to.Port() != 0 && row.Remote.Port() != to.Port() {
		return
	}
	t.states[row.State]++
	if row.State == diag.StateSynSent && row.Retrans > 0 {
		t.silent++
	}
	if row.State == diag.StateEstablished && row.Timer == diag.TimerRetransmit && row.Retrans >= 1 {
		t.retrans++
	}
	if row.Has&diag.HasTCPInfo != 0 {
		t.worstRTT = max(t.worstRTT, row.TCP.RTT.Duration())
	}
}

// serves reports whether a listener takes connections to an address of this host.
func serves(listener, to netip.Addr) bool {
	return listener.Unmap() == to || listener.IsUnspecified() && (listener.Is6() || to.Is4())
}

// tellListeners adds who listens where the address is of this host.
func (q *inquiry) tellListeners(t *traffic, to netip.AddrPort) {
	if to.Port() == 0 {
		return
	}
	if len(t.listen) == 0 {
		q.cause(0, fromSockets, "nobody listens on it: connect(2) fails with ECONNREFUSED")
		return
	}
	var inodes []uint32
	for _, row := range t.listen {
		inodes = append(inodes, row.Inode)
	}
	q.processes.search(q.ctx, inodes)
	for _, row := range t.listen {
		q.tellHolder(row, "tcp", "is held by")
		if row.RecvQ > row.SendQ {
			q.cause(1, fromSockets, "its accept queue is full (%d of %d): handshakes are "+
				"dropped", row.RecvQ, row.SendQ)
		}
	}
}

// tellTraffic adds the state of connections to the peer.
func (q *inquiry) tellTraffic(t *traffic, to netip.AddrPort) {
	if n := t.states[diag.StateEstablished]; n > 0 {
		q.add(0, fromSockets, "%s open, round-trip time up to %v", plural(n, "connection"), t.worstRTT)
	}
	if t.retrans > 0 {
		q.cause(0, fromSockets, "%s wait for an answer to what was sent again", plural(t.retrans, "connection"))
	}
	if t.silent > 0 {
		q.cause(0, fromSockets, "%s sent their SYN again: %s does not "+
			"answer", plural(t.silent, "connection"), address(to))
	}
	if n := t.states[diag.StateTimeWait]; n > 0 {
		q.add(0, fromSockets, "%s in TIME-WAIT", plural(n, "connection"))
	}
}

// tellPorts adds how many source ports are left for the peer.
func (q *inquiry) tellPorts(t *traffic, to netip.AddrPort, usable int) {
	if to.Port() == 0 || usable <= 0 {
		return
	}
	t.ports.used(func(l lane, n int) {
		if unmap(l.target) != unmap(to) {
			return
		}
		format := "%d of %d source ports are in use from %v"
		if n >= usable {
			q.cause(0, fromSockets, format+": connect(2) fails with EADDRNOTAVAIL", n, usable, l.source)
			return
		}
		q.add(0, fromSockets, format, n, usable, l.source)
	})
}

// translated adds where the kernel redirects packets to the peer, as far as flows tell.
func (q *inquiry) translated(to netip.AddrPort) error {
	seen := map[netip.AddrPort]bool{}
	return q.session.Each(q.ctx, func(p *inspect.Place) error {
		c, err := conntrack.Dial(&conntrack.Config{NetNS: p.FD})
		if err != nil {
			return nil // no connection tracking, or no right to see it: nothing is known of NAT
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		for f, err := range c.Flows(q.ctx, &conntrack.Query{NAT: conntrack.NATDst}) {
			if err != nil {
				return q.ctx.Err() // likewise
			}
			orig := netip.AddrPortFrom(f.Orig.Dst, f.Orig.DstPort)
			target := netip.AddrPortFrom(f.Reply.Src, f.Reply.SrcPort)
			if unmap(orig) != unmap(to) && (to.Port() != 0 || f.Orig.Dst != to.Addr().Unmap()) || seen[target] {
				continue
			}
			seen[target] = true
			q.add(0, fromFlows, "packets to %v are sent to %v instead (destination NAT)", orig, target)
		}
		return nil
	})
}

// tellHealth adds how a connection does.
func (q *inquiry) tellHealth(level int, row *inspect.Row) {
	if row.Has&diag.HasTCPInfo == 0 {
		return
	}
	t := &row.TCP
	q.add(level, fromSockets, "round-trip time %v, %d segments sent again of %d, idle for %s",
		t.RTT.Duration(), t.TotalRetrans, t.SegsOut, seconds(idle(row)))
	switch {
	case row.Timer == diag.TimerRetransmit && row.Retrans > 0:
		q.cause(level, fromSockets, "it waits for an answer: sent again %s, the next time in %s",
			plural(int(row.Retrans), "time"), seconds(row.Expires))
	case row.Timer == diag.TimerProbe:
		q.cause(level, fromSockets, "the peer's window is closed: it does not read")
	case row.State == diag.StateCloseWait:
		q.cause(level, fromSockets, "the peer has closed it; the program here has not")
	}
}

// pairQueries ask for one connection.
func pairQueries(local, remote netip.AddrPort) (list []diag.Query) {
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		list = append(list, diag.Query{
			Family: family, Protocol: unix.IPPROTO_TCP, Want: diag.HasTCPInfo,
			LocalPort: local.Port(), RemotePort: remote.Port(),
		})
	}
	return list
}
