package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/route"
)

// A claim sums up the sockets of one protocol at a port.
type claim struct {
	protocol  string
	listeners []*inspect.Row // and UDP servers
	bound     []*inspect.Row // bound, and neither listening nor connected
	talking   []*inspect.Row // some of the connected ones
	timeWait  int
	connected int
}

// port explains which processes hold a port, and whether a bind(2) to it would fail.
func (q *inquiry) port(port uint16) error {
	settings, err := q.settings()
	if err != nil {
		return err
	}
	claims, err := q.claims(q.session, port)
	if err != nil {
		return err
	}
	held, taken := false, []string(nil)
	for i := range claims {
		before := q.causes()
		held = q.tellClaim(&claims[i], port) || held
		if q.causes() > before {
			taken = append(taken, claims[i].protocol)
		}
	}
	if !held {
		q.elsewhere(port)
	}
	q.tellRange(settings, port)
	if err := q.tellPublished(settings, port); err != nil {
		return err
	}
	q.tellTargets()
	switch {
	case taken != nil:
		q.head("port %d is taken (%s)", port, strings.Join(taken, ", "))
	case len(q.answer.Lines) > 0:
		q.head("port %d is free here", port)
	default:
		q.head("port %d is free", port)
	}
	return nil
}

// settings reads the settings of the session's namespace.
func (q *inquiry) settings() (s sysctls, err error) {
	err = q.session.Each(q.ctx, func(p *inspect.Place) (err error) {
		s, err = readSysctls(p.FD)
		return err
	})
	return s, err
}

// Limits of the rows kept of a port; of others only the number is.
const (
	mostClones  = 64
	mostTalking = 4
)

// claims collects the sockets of a port, and searches for the owners of the kept rows.
func (q *inquiry) claims(s *inspect.Session, port uint16) ([]claim, error) {
	list := []claim{{protocol: "tcp"}, {protocol: "udp"}}
	plan := inspect.Plan{Queries: inspect.Ask(portQueries(port)...)}
	for row, err := range s.Sockets(q.ctx, &plan) {
		if err != nil {
			return nil, err
		}
		c := &list[0]
		if row.Protocol == unix.IPPROTO_UDP {
			c = &list[1]
		}
		c.take(row)
	}
	var inodes []uint32
	for i := range list {
		for _, rows := range [...][]*inspect.Row{list[i].listeners, list[i].bound, list[i].talking} {
			for _, row := range rows {
				inodes = append(inodes, row.Inode)
			}
		}
	}
	if len(inodes) > 0 {
		q.processes.search(q.ctx, inodes)
	}
	return list, nil
}

func portQueries(port uint16) (list []diag.Query) {
	for _, protocol := range [...]uint16{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
		for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
			list = append(list, diag.Query{Family: family, Protocol: protocol, LocalPort: port})
		}
	}
	return list
}

func (c *claim) take(row *inspect.Row) {
	switch {
	case inspect.IsEndpoint(row):
		if len(c.listeners) < mostClones {
			c.listeners = append(c.listeners, row.Clone())
		}
	case row.State == diag.StateTimeWait:
		c.timeWait++
	case row.Remote.Port() == 0:
		if len(c.bound) < mostClones {
			c.bound = append(c.bound, row.Clone())
		}
	default:
		c.connected++
		// Connections that are not accepted yet, or closed, have no inode.
		if row.Inode != 0 && len(c.talking) < mostTalking {
			c.talking = append(c.talking, row.Clone())
		}
	}
}

// tellClaim adds the sockets of a protocol. It reports whether one of them listens or is bound.
func (q *inquiry) tellClaim(c *claim, port uint16) bool {
	for _, row := range c.listeners {
		q.tellHolder(row, c.protocol, "is held by")
		q.tellBind(1, row, c.protocol)
	}
	for _, row := range c.bound {
		q.tellHolder(row, c.protocol, "is bound, but not listened on, by")
		q.cause(1, fromSockets, "bind(2) to it fails with EADDRINUSE until that socket is closed")
	}
	rest := ""
	if len(c.listeners)+len(c.bound) == 0 {
		rest = "; bind(2) to its address fails with EADDRINUSE, unless both sockets have SO_REUSEADDR"
		for _, row := range c.talking {
			q.tellHolder(row, c.protocol, fmt.Sprintf("is connected to %v by", row.Remote))
		}
	}
	if c.timeWait > 0 {
		q.leftover(rest, "%s of port %d in TIME-WAIT, for a minute at most%s",
			plural(c.timeWait, "connection"), port, rest)
	}
	if c.connected > 0 {
		q.leftover(rest, "%s from port %d%s", plural(c.connected, "open connection"), port, rest)
	}
	return len(c.listeners)+len(c.bound) > 0
}

// leftover adds a line about connections that may outlive their listener; without one they are a cause.
func (q *inquiry) leftover(cause, format string, args ...any) {
	if cause != "" {
		q.cause(0, fromSockets, format, args...)
		return
	}
	q.add(0, fromSockets, format, args...)
}

// tellHolder adds the owner of a socket.
func (q *inquiry) tellHolder(row *inspect.Row, protocol, verb string) {
	where := fmt.Sprintf("%v (%s)", row.Local, protocol)
	if row.Iface != 0 && !row.Local.Addr().IsLinkLocalUnicast() {
		where += " on " + linkName(row, row.Iface)
	}
	if row.Netns != "" {
		where += " in network namespace " + row.Netns
	}
	if row.Inode == 0 {
		q.add(0, fromSockets, "%s %s", where, unowned(row.State))
		return
	}
	list := q.processes.holders(row.Inode)
	if len(list) == 0 {
		q.answer.Unknown = q.answer.Unknown || q.processes.index == nil || !q.processes.index.Complete()
		if q.processes.index != nil {
			q.answer.Why = q.processes.index.Why()
		} else if q.processes.err != nil {
			q.answer.Why = q.processes.err.Error()
		}
		q.add(0, fromSockets, "%s %s an unknown process", where, verb)
		return
	}
	q.add(0, fromSockets, "%s %s %s", where, verb, called(list))
	q.activation(1, row, list[0])
	q.describe(1, list[0])
}

// unowned returns the reason why a connection has no owner.
func unowned(s diag.State) string {
	switch s {
	case diag.StateEstablished, diag.StateCloseWait:
		return "waits for the program that listens to accept it"
	case diag.StateSynRecv:
		return "is half open: the handshake is not complete"
	default:
		return "no longer has a process"
	}
}

// tellBind adds the addresses that a listener blocks for others. SO_REUSEADDR does not help beside a TCP
// socket that listens (inet_csk_bind_conflict).
func (q *inquiry) tellBind(level int, row *inspect.Row, protocol string) {
	addr := row.Local.Addr()
	option := "SO_REUSEPORT"
	if protocol == "udp" {
		option = "SO_REUSEADDR or both SO_REUSEPORT"
	}
	switch {
	case addr.IsUnspecified() && addr.Is6() && !row.V6Only:
		q.cause(level, fromSockets,
			"it includes all addresses, also those of IPv4 (IPV6_V6ONLY is off): bind(2) fails with EADDRINUSE "+
				"on every one, unless both sockets have %s", option)
	case addr.IsUnspecified():
		q.cause(level, fromSockets, "it includes all addresses: bind(2) fails with EADDRINUSE on every one of "+
			"the family, unless both sockets have %s", option)
	default:
		q.cause(level, fromSockets, "bind(2) fails with EADDRINUSE on this address and on the wildcard, unless "+
			"both sockets have %s; other addresses are free", option)
	}
	if row.Iface != 0 {
		q.add(level, fromSockets, "sockets bound to interfaces other than %s are not affected",
			linkName(row, row.Iface))
	}
}

// elsewhere adds the owners of the port in other network namespaces, which do not matter here.
func (q *inquiry) elsewhere(port uint16) {
	if q.everywhere == nil {
		return
	}
	claims, err := q.claims(q.everywhere, port)
	if err != nil {
		return // a namespace that is gone, or closed to the caller
	}
	for i := range claims {
		for _, row := range claims[i].listeners {
			q.tellHolder(row, claims[i].protocol, "is held by")
			q.add(1, fromSockets, "another network namespace: not in the way here")
		}
	}
}

// tellTargets adds who takes what is handed on to addresses of other network namespaces: the servers of
// containers.
func (q *inquiry) tellTargets() {
	handed := q.handed
	slices.SortFunc(handed, netip.AddrPort.Compare)
	for _, to := range slices.Compact(handed) {
		for _, row := range q.serversAt(to) {
			q.tellHolder(row, "tcp", "is held by")
		}
	}
}

// serversAt returns the listeners of other network namespaces that take connections to an address of theirs.
func (q *inquiry) serversAt(to netip.AddrPort) (list []*inspect.Row) {
	if q.everywhere == nil {
		return nil
	}
	claims, err := q.claims(q.everywhere, to.Port())
	if err != nil {
		return nil // a namespace that is gone, or closed to the caller
	}
	at := map[uint64]bool{} // namespaces that have the address
	_ = q.everywhere.Each(q.ctx, func(p *inspect.Place) error {
		_ = withRoutes(p, func(c *route.Conn) error {
			r, err := c.Lookup(q.ctx, &route.Packet{Dst: bare(to.Addr())})
			at[p.Inode] = err == nil && r.Type == route.TypeLocal
			return nil
		})
		return q.ctx.Err()
	}) // what cannot be entered does not tell
	for _, row := range claims[0].listeners {
		if at[row.NetNS] && serves(row, bare(to.Addr())) {
			list = append(list, row)
		}
	}
	return list
}

// tellRange adds what settings say about a port.
func (q *inquiry) tellRange(s sysctls, port uint16) {
	if least, ok := s.number("ipv4/ip_unprivileged_port_start", 0); ok && uint64(port) < least {
		q.add(0, netns.SettingsFolder+"ipv4/ip_unprivileged_port_start",
			"ports below %d need CAP_NET_BIND_SERVICE: bind(2) of other users fails with EACCES", least)
	}
	first, last, _ := s.portRange()
	if port < first || port > last || last == 0 {
		return
	}
	if s.reserved(port) {
		q.add(0, netns.SettingsFolder+"ipv4/ip_local_reserved_ports",
			"it is reserved: connect(2) does not choose it as a source port")
		return
	}
	q.add(0, netns.SettingsFolder+"ipv4/ip_local_port_range",
		"connect(2) chooses source ports from %d to %d, and may have chosen this one before a server "+
			"starts", first, last)
}

// connection explains one connection.
func (q *inquiry) connection(local, remote netip.AddrPort) error {
	row, err := q.find(q.session, local, remote)
	switch {
	case err != nil:
		return err
	case row != nil:
		q.tellConnection(row)
		return nil
	}
	if row, err = q.find(q.session, remote, local); err != nil {
		return err
	}
	if row != nil {
		q.add(0, fromSockets, "the two ends are the other way round: the one of this host comes first")
		q.tellConnection(row)
		return nil
	}
	if q.everywhere != nil {
		row, err = q.find(q.everywhere, local, remote)
	}
	if err == nil && row != nil {
		q.tellConnection(row)
		return nil
	}
	q.head("there is no connection from %v to %v", local, remote)
	return q.peer(remote, netip.AddrPort{})
}

// find returns the socket of one connection, nil if there is none.
func (q *inquiry) find(s *inspect.Session, local, remote netip.AddrPort) (found *inspect.Row, err error) {
	plan := inspect.Plan{
		Queries: inspect.Ask(pairQueries(local, remote)...), Needs: inspect.NeedTCP,
	}
	for row, err := range s.Sockets(q.ctx, &plan) {
		if err != nil {
			return nil, err
		}
		if unmap(row.Local) == unmap(local) && unmap(row.Remote) == unmap(remote) {
			found = row.Clone()
		}
	}
	return found, nil
}

// tellConnection adds who holds a connection, and how it does.
func (q *inquiry) tellConnection(row *inspect.Row) {
	q.processes.search(q.ctx, []uint32{row.Inode})
	q.tellHolder(row, nameOf(row), "is held by")
	q.tellHealth(0, row)
	q.head("%v to %v is in state %s", row.Local, row.Remote, strings.ToUpper(row.State.String()))
}

// nameOf returns the name of a row's protocol.
func nameOf(row *inspect.Row) string {
	if row.Protocol == unix.IPPROTO_UDP {
		return "udp"
	}
	return "tcp"
}
