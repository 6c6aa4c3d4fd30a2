package live

import (
	"context"
	"fmt"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// path describes the path of a connection: the route, and the neighbor on the link.
func (s *sampler) path(ctx context.Context, t *Target) (lines []string) {
	if s.cfg.Replay || t.Remote.Port() == 0 {
		return nil
	}
	err := s.session.Each(ctx, func(p *inspect.Place) error {
		if p.Inode != t.ID.NetNS {
			return nil
		}
		c, err := route.Dial(&route.Config{NetNS: p.FD})
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		lines, err = hop(ctx, c, p, t)
		return err
	})
	if err != nil {
		lines = []string{pageLine("route", err.Error())}
	}
	return append([]string{"path"}, lines...)
}

// hop looks up the route and the neighbor of the first hop.
func hop(ctx context.Context, c *route.Conn, p *inspect.Place, t *Target) ([]string, error) {
	to := t.Remote.Addr().Unmap()
	r, err := c.Lookup(ctx, &route.Packet{Dst: to, Src: t.Local.Addr().Unmap(), OutIface: t.Iface})
	if err != nil {
		return nil, err
	}
	next, text := to, "on the link"
	if r.Gateway.IsValid() {
		next, text = r.Gateway, "via "+r.Gateway.String()
	}
	lines := []string{pageLine("route", fmt.Sprintf("%s dev %s", text, p.LinkNames()[r.Iface]))}
	for n, err := range c.Neighbors(ctx, &route.NeighborQuery{Iface: r.Iface}) {
		if err != nil {
			return append(lines, pageLine("neighbor", err.Error())), nil
		}
		if n.Addr == next {
			text = fmt.Sprintf("%s %s %s", next, link.AppendHW(nil, n.HW()), n.State)
			lines = append(lines, pageLine("neighbor", text))
		}
	}
	return lines, nil
}

// pageLine is a line of a page about a socket.
func pageLine(key, text string) string { return fmt.Sprintf("  %-20s %s", key, text) }
