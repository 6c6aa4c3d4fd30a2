package doctor

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// A redirect is the original destination of running flows, and the one that the kernel replaced it by. Rules
// of a firewall are not read: a redirect without running flows is unknown.
type redirect struct {
	to, instead netip.AddrPort
	protocol    uint8
}

// mostRedirects limits the redirects that are shown: a port may lead to many servers.
const mostRedirects = 16

// tracked reports whether flows are tracked, so that their addresses may be translated.
func (s sysctls) tracked() bool {
	n, ok := s.number(conntrackCount, 0)
	return ok && n > 0 // else a request would load the module
}

// redirects returns the redirects of some addresses. Without the right to list flows it returns none.
func (q *inquiry) redirects(s sysctls, of func(netip.AddrPort) bool) (list []redirect, err error) {
	if !s.tracked() {
		return nil, nil
	}
	err = q.session.Each(q.ctx, func(p *inspect.Place) error {
		c, err := conntrack.Dial(&conntrack.Config{NetNS: p.FD})
		if err != nil {
			return nil // none is known
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		for f, err := range c.Flows(q.ctx, &conntrack.Query{NAT: conntrack.NATDst}) {
			if err != nil {
				return q.ctx.Err() // likewise
			}
			r := redirect{f.Orig.Destination(), f.Reply.Source(), f.Orig.Proto}
			if of(r.to) && !slices.Contains(list, r) && len(list) < mostRedirects {
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}

// tell adds the redirect.
func (r *redirect) tell(q *inquiry) {
	q.add(0, fromFlows, "packets to %v are sent to %v instead (destination NAT)", r.to, r.instead)
}

// tellPublished adds the redirects of a port of this host, such as a published port of a container.
func (q *inquiry) tellPublished(s sysctls, port uint16) error {
	list, err := q.redirects(s, func(to netip.AddrPort) bool { return to.Port() == port })
	if err != nil || len(list) == 0 {
		return err
	}
	return q.session.Each(q.ctx, func(p *inspect.Place) error {
		_ = withRoutes(p, func(c *route.Conn) error {
			for i := range list {
				r, err := c.Lookup(q.ctx, &route.Packet{Dst: list[i].to.Addr()})
				if err == nil && r.Type == route.TypeLocal {
					list[i].tell(q)
					q.handed = append(q.handed, list[i].instead)
				}
			}
			return nil
		}) // without rtnetlink it is unknown which of them are addresses of this host
		return q.ctx.Err()
	})
}

// redirected returns the redirects of a peer.
func (q *inquiry) redirected(s sysctls, to netip.AddrPort) ([]redirect, error) {
	list, err := q.redirects(s, func(sent netip.AddrPort) bool {
		return sent == unmap(to) || to.Port() == 0 && sent.Addr() == bare(to.Addr())
	})
	return slices.DeleteFunc(list, func(r redirect) bool { return r.protocol != unix.IPPROTO_TCP }), err
}
