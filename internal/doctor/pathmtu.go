package doctor

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// leastMSS is the segment size of the minimum MTU of IPv6. Connections with smaller segments are not affected
// by a path MTU below that of the interface.
const leastMSS = 1220

// swallowed reports whether large segments are not acknowledged although earlier data was.
func swallowed(row *inspect.Row) bool {
	t := &row.TCP
	return row.Timer == diag.TimerRetransmit && t.Backoff >= 2 && t.Unacked > 0 && t.SndMSS > leastMSS &&
		t.BytesAcked > 1 && !row.Remote.Addr().Unmap().IsLoopback()
}

// packet is the size of the packets that carry its segments: with headers without options, whose space
// the segment size leaves free.
func (k *stuck) packet() uint32 {
	const tcp, ipv4, ipv6 = 20, 20, 40
	if k.remote.Addr().Unmap().Is4() {
		return k.mss + tcp + ipv4
	}
	return k.mss + tcp + ipv6
}

// mostPaths bounds the look-ups of routes to suspected peers.
const mostPaths = 64

// paths reads the path MTUs that routers reported for suspected connections: if the packets are not larger,
// the path is not the cause.
func (x *examination) paths() error {
	suspected := func(s *Scene) bool { return len(s.sockets.blackholes) > 0 }
	if x.cfg.Replay || !slices.ContainsFunc(x.scenes, suspected) {
		return nil
	}
	return x.session.Each(x.ctx, func(p *inspect.Place) error {
		s := x.fold.scenes[p.Inode]
		if s == nil || !suspected(s) {
			return nil
		}
		// Without rtnetlink the reported path MTUs are unknown; the rest is known.
		_ = withRoutes(p, func(c *route.Conn) error { s.learn(x.ctx, c); return nil })
		return x.ctx.Err()
	})
}

// learn looks up the paths to the suspected peers.
func (s *Scene) learn(ctx context.Context, c *route.Conn) {
	s.pathMTUs = map[netip.Addr]uint32{}
	for i := range s.sockets.blackholes[:min(len(s.sockets.blackholes), mostPaths)] {
		k := &s.sockets.blackholes[i]
		packet := route.Packet{
			Dst: bare(k.remote.Addr()), Src: bare(k.local.Addr()), IPProto: unix.IPPROTO_TCP,
			DstPort: k.remote.Port(), SrcPort: k.local.Port(), OutIface: k.iface,
		}
		r, err := c.Lookup(ctx, &packet)
		if err != nil || r.Cache.Expires == 0 {
			continue // no route, or nothing learned
		}
		if mtu, ok := r.Metrics.Get(route.MetricMTU); ok {
			s.pathMTUs[k.remote.Addr()] = mtu
		}
	}
}

func pathMTU(s *Scene, c *Check, report func(*Finding)) {
	if probing, ok := s.sysctls.number("ipv4/tcp_mtu_probing", 0); !ok || probing != 0 {
		return // the kernel probes by itself, or the setting is unknown
	}
	by := map[netip.Addr][]*stuck{}
	for i := range s.sockets.blackholes {
		k := &s.sockets.blackholes[i]
		if learned := s.pathMTUs[k.remote.Addr()]; learned == 0 || k.packet() > learned {
			by[k.remote.Addr()] = append(by[k.remote.Addr()], k)
		}
	}
	for _, addr := range slices.SortedFunc(maps.Keys(by), netip.Addr.Compare) {
		list := by[addr]
		severity, limit, bad := c.severity(float64(len(list)))
		if !bad {
			continue
		}
		k, known := list[0], ""
		if learned := s.pathMTUs[addr]; learned > 0 {
			known = fmt.Sprintf(" A router reported a path MTU of %d bytes; these packets have %d.",
				learned, k.packet())
		}
		report(&Finding{
			Severity: severity, Subject: addr.String(), Who: k.who,
			Text: fmt.Sprintf("the path to %v may not carry large packets: %s with segments of %d bytes no longer "+
				"get answers",
				addr, plural(len(list), "connection"), k.mss),
			Value: float64(len(list)), Limit: limit, Unit: c.Unit, Since: k.idle,
			Cause: "Small packets were answered. Routers that drop large ones should say so by ICMP, which a " +
				"firewall may drop; or the peer is gone." + known,
			Remedy: fmt.Sprintf("let ICMP \"fragmentation needed\" pass; %s, 1 finds the size by "+
				"itself", s.sysctls.quote("ipv4/tcp_mtu_probing")),
			Command: s.command("show " + ends(k.local, k.remote)),
		})
	}
}
