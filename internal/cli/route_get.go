package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// routeGet is `nlstat routes get`: the flags describe a packet.
type routeGet struct {
	from, proto  string
	in, out      string
	mark, uid    uint32
	sport, dport uint16
	tos          uint8
	entry        bool

	packet route.Packet
	to     []netip.Addr
	none   bool // an address has no route
}

// routeGetCmd looks up the routes of packets in the kernel.
func (a *app) routeGetCmd() *cobra.Command {
	g := &routeGet{}
	l := &listing[view.Route]{rows: view.Routes(), produce: g.produce}
	l.rows.Default = []string{"dst", "gateway", "iface", "prefsrc", "metric", "table", "mtu", "expires"}
	cmd := l.command(a, "get ADDRESS...", "Look up the routes of packets to these addresses",
		`  nlstat routes get 192.0.2.1
  nlstat routes get 2001:db8::1 --mark 16 --json
  nlstat routes get 192.0.2.1 --from 198.51.100.7 --iif eth0 --entry`)
	cmd.Args = needs("an address")
	f := cmd.Flags()
	f.StringVar(&g.from, "from", "", "source `ADDRESS` of the packet")
	f.StringVar(&g.in, "iif", "", "`INTERFACE` that the packet arrives on")
	f.StringVar(&g.out, "oif", "", "`INTERFACE` or VRF that the sender is bound to")
	f.Uint32Var(&g.mark, "mark", 0, "`MARK` of the packet")
	f.Uint32Var(&g.uid, "uid", 0, "user id `UID` of the sender (default: the caller)")
	f.Uint8Var(&g.tos, "tos", 0, "type of service `TOS`")
	f.StringVar(&g.proto, "ipproto", "", "`PROTOCOL`, for rules that match it: tcp, udp, icmp, sctp or a number")
	f.Uint16Var(&g.sport, "sport", 0, "source `PORT`")
	f.Uint16Var(&g.dport, "dport", 0, "destination `PORT`")
	f.BoolVar(&g.entry, "entry", false, "show the entry of the routing table instead of the resolved route")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := g.parse(args); err != nil {
			return err
		}
		g.packet.UID, g.packet.HasUID = g.uid, f.Changed("uid")
		err := l.run(nil)
		if err == nil && g.none {
			return &quit{exitNothing}
		}
		return err
	}
	return cmd
}

// ipProtos are the protocols whose ports rules can match.
var ipProtos = map[string]uint8{
	"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP, "icmp": unix.IPPROTO_ICMP, "sctp": unix.IPPROTO_SCTP,
	"icmp6": unix.IPPROTO_ICMPV6, "ipv6-icmp": unix.IPPROTO_ICMPV6, "dccp": unix.IPPROTO_DCCP,
}

// parse reads the addresses and the protocol.
func (g *routeGet) parse(args []string) (err error) {
	for _, arg := range args {
		to, err := netip.ParseAddr(arg)
		if err != nil {
			return fmt.Errorf("routes get: %q is not an address", arg)
		}
		g.to = append(g.to, to.Unmap())
	}
	if g.from != "" {
		if g.packet.Src, err = netip.ParseAddr(g.from); err != nil {
			return fmt.Errorf("--from: %q is not an address", g.from)
		}
	}
	if g.packet.IPProto = ipProtos[g.proto]; g.proto != "" && g.packet.IPProto == 0 {
		n, err := strconv.ParseUint(g.proto, 0, 8)
		if err != nil {
			return fmt.Errorf("--ipproto %q: expected tcp, udp, icmp, icmp6, sctp, dccp or a number", g.proto)
		}
		g.packet.IPProto = uint8(n)
	}
	g.packet.Mark, g.packet.TOS, g.packet.Entry = g.mark, g.tos, g.entry
	g.packet.SrcPort, g.packet.DstPort = g.sport, g.dport
	return nil
}

// produce looks up each address.
func (g *routeGet) produce(
	r *tableRun[view.Route], place *inspect.Place, put func(*view.Route) error,
) (err error) {
	p := g.packet
	if p.InIface, p.OutIface, err = g.links(place); err != nil {
		return err
	}
	return withRoutes(place, func(c *route.Conn) error {
		row := view.Route{Place: placeOf(place), Nexthops: nexthops(r.ctx, c)}
		for _, p.Dst = range g.to {
			entry, err := c.Lookup(r.ctx, &p)
			if err != nil && r.ctx.Err() == nil && noRoute(err) {
				g.none = true
				r.complain("%v: %s", p.Dst, whyNoRoute(err))
				continue
			}
			if err != nil {
				return err
			}
			row.Route = entry
			if err := put(&row); err != nil {
				return err
			}
		}
		return nil
	})
}

// links resolves the names of links in flags.
func (g *routeGet) links(p *inspect.Place) (in, out uint32, err error) {
	if g.in == "" && g.out == "" {
		return 0, 0, nil
	}
	names := link.NewNames(p.Config())
	defer func() { _ = names.Close() }() // nothing is lost with it
	for _, flag := range []struct {
		option, name string
		index        *uint32
	}{{"--iif", g.in, &in}, {"--oif", g.out, &out}} {
		if flag.name == "" {
			continue
		}
		if *flag.index = names.Index(flag.name); *flag.index == 0 {
			return 0, 0, errors.Join(fmt.Errorf("%s: no link %q", flag.option, flag.name), names.Err())
		}
	}
	return in, out, nil
}

// noRoutes describe the kernel's errors for packets that it would not send.
var noRoutes = [...]struct {
	err  unix.Errno
	text string
}{
	{unix.ENETUNREACH, "no route"},
	{unix.EHOSTUNREACH, "unreachable by a route of that type"},
	{unix.EACCES, "prohibited by a route of that type"},
	{unix.EINVAL, "blackholed by a route of that type, or a source that is not ours"},
	{unix.EXDEV, "not from that source"},
}

func noRoute(err error) bool { return whyNoRoute(err) != "" }

func whyNoRoute(err error) string {
	for i := range noRoutes {
		if errors.Is(err, noRoutes[i].err) {
			return noRoutes[i].text
		}
	}
	return ""
}
