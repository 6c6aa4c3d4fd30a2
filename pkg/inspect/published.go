//go:build linux

package inspect

import (
	"context"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/route"
)

// A forward is a running flow that was sent to an address of one namespace and translated to another
// address, as for published ports of containers. It shows the reach of its receiver. Firewall rules are not
// read: a published port is found only while a flow uses it.
type forward struct {
	netns    uint64 // where it is translated
	protocol uint8
	to       netip.AddrPort // the receiver
	from     netip.AddrPort // the peer that the receiver sees
	reach    Reach          // of the address that it was sent to
}

// forwards are the running flows by the address of the receiver.
type forwards map[netip.Addr][]forward

// forwardsEach is the number of flows from a namespace to one port that are kept, because some may just
// have ended.
const forwardsEach = 4

// take adds a flow that was sent to an address of the namespace.
func (all forwards) take(netns uint64, f *conntrack.Flow, local func(netip.Addr) bool) {
	sent, to := f.Orig.Destination(), f.Reply.Source()
	switch {
	case f.Zone != 0 || f.Orig.Zone != 0 || f.Reply.Zone != 0, sent == to, !local(sent.Addr()):
		return
	case f.Orig.Proto == unix.IPPROTO_TCP && f.StateName() == "ESTABLISHED", f.Orig.Proto == unix.IPPROTO_UDP:
	default:
		return
	}
	flow := forward{
		netns: netns, protocol: f.Orig.Proto, to: to, from: f.Reply.Destination(), reach: ReachOf(sent.Addr()),
	}
	same := 0
	for _, known := range all[to.Addr()] {
		known.from = flow.from
		if known == flow {
			same++
		}
	}
	if same < forwardsEach {
		all[to.Addr()] = append(all[to.Addr()], flow)
	}
}

// list adds the forwards of a namespace.
func (all forwards) list(ctx context.Context, inode uint64, fd int) {
	const count = "netfilter/nf_conntrack_count"
	values, _ := netns.Settings(fd, count)
	if n := values[count]; n == "" || n == "0" {
		return // and a request would load the module
	}
	var local []netip.Prefix
	err := eachLocal(ctx, fd, func(r *route.Route) { local = append(local, r.Dst) })
	if err != nil {
		return
	}
	c, err := conntrack.Dial(&conntrack.Config{NetNS: fd})
	if err != nil {
		return
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for f, err := range c.Flows(ctx, &conntrack.Query{NAT: conntrack.NATDst}) {
		if err != nil {
			return
		}
		all.take(inode, f, func(a netip.Addr) bool {
			return slices.ContainsFunc(local, func(p netip.Prefix) bool { return p.Contains(a) })
		})
	}
}

// leading returns the forwards to a local network of a namespace.
func (all forwards) leading(local netip.Prefix) (list []forward) {
	if local.IsSingleIP() {
		return all[local.Addr()]
	}
	for addr, flows := range all {
		if local.Contains(addr) {
			list = append(list, flows...)
		}
	}
	return list
}

// publish marks the listeners of a namespace that forwards lead to. Namespaces may have the same addresses:
// a receiver in another namespace than that of the flow must have its connection. Datagrams have none, so
// that their receivers in another namespace are unknown.
func (e *Exposure) publish(ctx context.Context, p *Place, list []forward) {
	if len(list) == 0 {
		return
	}
	conn, err := diag.Dial(&diag.Config{NetNS: p.FD})
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // no data to lose
	for i := range list {
		f := &list[i]
		if f.protocol == unix.IPPROTO_UDP && f.netns != p.Inode {
			continue
		}
		for _, inode := range receivers(ctx, conn, f) {
			e.published[inode] = max(e.published[inode], f.reach)
		}
	}
}

// receivers returns the inodes of the listeners at the address of the receiver of a flow.
func receivers(ctx context.Context, conn *diag.Conn, f *forward) []uint32 {
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} { // one of IPv6 may take IPv4
		q := diag.Query{Family: family, Protocol: uint16(f.protocol)}
		s, err := conn.Lookup(ctx, &q, &diag.Key{Local: f.to, Remote: f.from})
		switch udp := f.protocol == unix.IPPROTO_UDP; {
		case udp && err == nil:
			return nil // a socket connected to the peer receives the datagrams
		case udp:
			s = &diag.Socket{Family: family, Protocol: q.Protocol, Local: f.to}
		case err != nil:
			continue
		}
		if inodes := listenersFor(ctx, conn, s); len(inodes) > 0 {
			return inodes
		}
	}
	return nil
}

// listenersFor returns the inodes of the listeners that may have accepted a connection, or that share a
// port for datagrams.
func listenersFor(ctx context.Context, conn *diag.Conn, of *diag.Socket) (inodes []uint32) {
	states := diag.States(diag.StateListen)
	if of.Protocol == unix.IPPROTO_UDP {
		states = diag.States(diag.StateClose)
	}
	all := NewListeners()
	q := diag.Query{Family: of.Family, Protocol: of.Protocol, States: states, LocalPort: of.Local.Port()}
	for s, err := range conn.Sockets(ctx, &q) {
		if err != nil {
			return nil
		}
		if !s.V6Only || !of.Local.Addr().Unmap().Is4() {
			all.listener(all.space(0), &Row{Socket: s})
		}
	}
	space := all.space(0)
	first := space.find(of)
	if first < 0 {
		return nil
	}
	for i, group := range space.group {
		if group == space.group[first] {
			inodes = append(inodes, space.list[i].Inode)
		}
	}
	return inodes
}
