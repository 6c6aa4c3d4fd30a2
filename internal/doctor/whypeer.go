package doctor

import (
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// peer answers how this host gets to an address, or why it does not. Something else may be meant.
func (q *inquiry) peer(to, perhaps netip.AddrPort) error {
	lines := q.answer.Lines
	q.answer.Lines = nil
	to = q.meant(to)
	settings, err := q.settings()
	if err != nil {
		return err
	}
	way := &way{}
	err = q.session.Each(q.ctx, func(p *inspect.Place) error {
		packet, err := q.packetTo(p, to)
		if err != nil || packet == nil {
			return err
		}
		if way, err = q.route(p, packet); err == nil {
			way.iface = packet.OutIface
			q.doubt(p, way, perhaps)
		}
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
		if to.Port() > 0 {
			q.add(0, "", "who else may bind(2) to it: nlstat why :%d", to.Port())
		}
	default:
		q.head("this host has a route to %s", address(to))
	}
	q.answer.Lines = append(lines, q.answer.Lines...)
	return nil
}

// doubt adds that an address may be one of this host with a port, if it is not of this host as it is written.
func (q *inquiry) doubt(p *inspect.Place, w *way, perhaps netip.AddrPort) {
	if w.local || !perhaps.IsValid() {
		return
	}
	_ = withRoutes(p, func(c *route.Conn) error {
		r, err := c.Lookup(q.ctx, &route.Packet{Dst: perhaps.Addr()})
		if err == nil && r.Type == route.TypeLocal {
			q.add(0, "", "for port %d of %v write %v", perhaps.Port(), perhaps.Addr(), perhaps)
		}
		return nil
	}) // without a connection nothing is said
}

// address is a peer with its port, if it has one.
func address(to netip.AddrPort) string {
	if to.Port() == 0 {
		return to.Addr().String()
	}
	return to.String()
}

func unmap(ap netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(bare(ap.Addr()), ap.Port()) }

// bare is an address in the form of sock_diag: IPv4 unmapped, without zone.
func bare(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// A traffic sums up the sockets of one peer.
type traffic struct {
	states   map[diag.State]int
	listen   []*inspect.Row // where the address is of this host
	udp      []*inspect.Row // likewise
	silent   int            // SYNs without an answer
	retrans  int            // connections that wait for an answer for the second time or longer
	worstRTT time.Duration
	ports    ports
}

// conversations adds the state of connections to the peer.
func (q *inquiry) conversations(to netip.AddrPort, w *way, settings sysctls) error {
	_, _, usable := settings.portRange()
	t := traffic{states: map[diag.State]int{}, ports: newPorts(settings, 1)}
	plan := inspect.Plan{Queries: inspect.Ask(peerQueries(to, w.local)...), Needs: inspect.NeedTCP}
	for row, err := range q.session.Sockets(q.ctx, &plan) {
		if err != nil {
			return err
		}
		t.take(row, to, w)
	}
	instead, err := q.redirected(settings, to)
	if err != nil {
		return err
	}
	if w.local {
		q.tellListeners(&t, to, len(instead) > 0, settings[conntrackCount] != "")
	}
	q.tellTraffic(&t, to)
	q.tellPorts(&t, to, usable)
	for i := range instead {
		instead[i].tell(q)
	}
	return nil
}

func peerQueries(to netip.AddrPort, local bool) (list []diag.Query) {
	port := to.Port()
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP, Want: diag.HasTCPInfo, RemotePort: port}
		list = append(list, q)
		if local {
			q.RemotePort, q.LocalPort, q.States = 0, port, 1<<diag.StateListen
			list = append(list, q)
			q.Protocol, q.States = unix.IPPROTO_UDP, 1<<diag.StateClose
			list = append(list, q)
		}
	}
	return list
}

func (t *traffic) take(row *inspect.Row, to netip.AddrPort, w *way) {
	if udp := row.Protocol == unix.IPPROTO_UDP; udp || row.State == diag.StateListen {
		sameLink := w.iface == 0 || row.Iface == 0 || w.iface == row.Iface
		switch {
		case !w.local || !sameLink || !serves(row, bare(to.Addr())):
		case udp:
			t.udp = append(t.udp, row.Clone())
		default:
			t.listen = append(t.listen, row.Clone())
		}
		return
	}
	t.ports.take(row.Socket)
	if bare(row.Remote.Addr()) != bare(to.Addr()) || to.Port() != 0 && row.Remote.Port() != to.Port() ||
		w.iface != 0 && row.Iface != w.iface {
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
		t.worstRTT = max(t.worstRTT, time.Duration(row.TCP.RTT)*time.Microsecond)
	}
}

// serves reports whether a listener accepts connections to an address of this host.
func serves(listener *inspect.Row, to netip.Addr) bool {
	at := bare(listener.Local.Addr())
	switch {
	case !at.IsUnspecified():
		return at == to
	case to.Is4():
		return at.Is4() || !listener.V6Only
	default:
		return at.Is6()
	}
}

// tellListeners adds the listeners at an address of this host. Packets to it may be redirected, also by
// rules, which are not read.
func (q *inquiry) tellListeners(t *traffic, to netip.AddrPort, redirected, rules bool) {
	switch {
	case to.Port() == 0:
		return
	case len(t.listen) > 0:
	case redirected:
		q.add(0, fromSockets, "no socket listens on it here")
		return
	case len(t.udp) > 0:
		q.add(0, fromSockets, "nobody listens on it for TCP: connect(2) fails with ECONNREFUSED")
	case rules:
		q.cause(0, fromSockets, "no socket listens on it: connect(2) fails with ECONNREFUSED, unless a firewall "+
			"rule redirects it")
		return
	default:
		q.cause(0, fromSockets, "no socket listens on it: connect(2) fails with ECONNREFUSED")
		return
	}
	var inodes []uint32
	servers := slices.Concat(t.listen, t.udp)
	for _, row := range servers {
		inodes = append(inodes, row.Inode)
	}
	q.processes.search(q.ctx, inodes)
	for _, row := range servers {
		q.tellHolder(row, nameOf(row), "is held by")
		if row.Protocol == unix.IPPROTO_TCP && row.RecvQ > row.SendQ {
			q.cause(1, fromSockets, "its accept queue is full (%d of %d): handshakes are "+
				"dropped", row.RecvQ, row.SendQ)
		}
	}
}

// tellTraffic adds the state of connections to the peer.
func (q *inquiry) tellTraffic(t *traffic, to netip.AddrPort) {
	if n := t.states[diag.StateEstablished]; n > 0 {
		q.add(0, fromSockets, "%s open, round-trip time up to %s", plural(n, "connection"), length(t.worstRTT))
	}
	if t.retrans > 0 { // others may be healthy
		q.add(0, fromSockets, "waiting for an acknowledgement after a retransmission: %s",
			plural(t.retrans, "connection"))
	}
	if t.silent > 0 {
		q.cause(0, fromSockets, "%s with a retransmitted SYN: %s does not "+
			"answer", plural(t.silent, "connection"), address(to))
	}
	if n := t.states[diag.StateTimeWait]; n > 0 {
		q.add(0, fromSockets, "%s in TIME-WAIT", plural(n, "connection"))
	}
}

// tellPorts adds the use of source ports for the peer.
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

// tellHealth adds the state of a connection.
func (q *inquiry) tellHealth(level int, row *inspect.Row) {
	if row.Has&diag.HasTCPInfo == 0 {
		return
	}
	t := &row.TCP
	q.add(level, fromSockets, "round-trip time %s, %d of %d segments retransmitted, idle for %s",
		length(time.Duration(t.RTT)*time.Microsecond), t.TotalRetrans, t.SegsOut, length(idle(row)))
	switch {
	case row.Timer == diag.TimerRetransmit && row.Retrans > 0:
		q.cause(level, fromSockets, "it waits for an acknowledgement: retransmitted %s, next in %s",
			plural(int(row.Retrans), "time"), length(row.Expires))
	case row.Timer == diag.TimerProbe:
		q.cause(level, fromSockets, "the peer's window is closed: it does not read")
	case row.State == diag.StateCloseWait:
		q.cause(level, fromSockets, "the peer has closed it; the program here has not")
	}
}

// pairQueries select one connection.
func pairQueries(local, remote netip.AddrPort) (list []diag.Query) {
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{
			Family: family, Protocol: unix.IPPROTO_TCP, Want: diag.HasTCPInfo,
			LocalPort: local.Port(), RemotePort: remote.Port(),
		}
		list = append(list, q)
		q.Protocol, q.Want = unix.IPPROTO_UDP, 0
		list = append(list, q)
	}
	return list
}
