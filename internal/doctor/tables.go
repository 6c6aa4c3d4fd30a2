package doctor

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/route"
)

// tables are the values of one sample, except sockets. What could not be read is nil.
type tables struct {
	counters  *counters
	conntrack *conntrack.TableStats
	drops     *conntrack.CPUStats // summed over the processors
	neighbors []route.NeighborTable
	kept      map[uint8]uint32 // neighbors by family that do not count against the limit of their table
	links     []*link.Link
	names     map[uint32]string // of links
	qdiscs    []*link.Qdisc
	softnet   *softnet
}

// read takes one sample of everything but sockets. It notes what cannot be read.
func (x *examination) read(p *inspect.Place, s *Scene) *tables {
	t := &tables{}
	if x.cfg.Replay {
		return t
	}
	for _, source := range [...]struct {
		need need
		read func() error
	}{
		{needCounters, func() error { return x.readCounters(p, t) }},
		{needConntrack, func() error { return t.readConntrack(x.ctx, p) }},
		{needNeighbors, func() error {
			return withRoutes(p, func(c *route.Conn) error { return t.readNeighbors(x.ctx, c) })
		}},
		{needLinks, func() error {
			return withLinks(p, func(c *link.Conn) error { return t.readLinks(x.ctx, c, s) })
		}},
		{needSoftnet, func() (err error) { t.softnet, err = readSoftnet(); return err }},
	} {
		if x.needs&source.need == 0 {
			continue
		}
		if err := source.read(); err != nil {
			s.miss(source.need, err)
		}
	}
	return t
}

func (t *tables) readConntrack(ctx context.Context, p *inspect.Place) error {
	c, err := conntrack.Dial(&conntrack.Config{NetNS: p.FD})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	stats, err := c.TableStats(ctx)
	if err != nil {
		return err
	}
	t.conntrack, t.drops = &stats, &conntrack.CPUStats{}
	for cpu, err := range c.CPUStats(ctx) {
		if err != nil {
			return err
		}
		t.drops.Add(cpu)
	}
	return nil
}

func (t *tables) readNeighbors(ctx context.Context, c *route.Conn) error {
	for table, err := range c.NeighborTables(ctx) {
		if err != nil && !errors.Is(err, route.ErrInterrupted) {
			return err
		}
		if err == nil && (table.Family == unix.AF_INET || table.Family == unix.AF_INET6) {
			t.neighbors = append(t.neighbors, *table)
		}
	}
	return t.readKept(ctx, c)
}

// readKept counts the neighbors that the kernel never removes by itself: permanent ones, and those that a
// program has learned. Since Linux 5.0 they are exempt from the limit (neigh_alloc), but still counted as
// entries. Those of other namespaces are not listed.
func (t *tables) readKept(ctx context.Context, c *route.Conn) error {
	crowded := func(n route.NeighborTable) bool { return 2*uint64(n.Entries) > uint64(n.Thresh3) }
	if !slices.ContainsFunc(t.neighbors, crowded) {
		return nil // far from the limit
	}
	t.kept = map[uint8]uint32{}
	for n, err := range c.Neighbors(ctx, &route.NeighborQuery{}) {
		if err != nil && !errors.Is(err, route.ErrInterrupted) {
			return err
		}
		if err == nil && (n.State&route.NeighborStatePermanent != 0 || n.Flags&unix.NTF_EXT_LEARNED != 0) {
			t.kept[n.Family]++
		}
	}
	return nil
}

func (t *tables) readLinks(ctx context.Context, c *link.Conn, s *Scene) (err error) {
	if t.links, err = c.List(ctx, &link.Query{}); err != nil && !errors.Is(err, link.ErrInterrupted) {
		return err
	}
	t.names = map[uint32]string{}
	for _, l := range t.links {
		t.names[l.Index] = string(l.Name())
	}
	for q, err := range c.Qdiscs(ctx) {
		switch {
		case errors.Is(err, link.ErrInterrupted):
			return nil
		case err != nil:
			s.miss(needQdiscs, err)
			return nil
		case q.Parent == link.QdiscRoot:
			t.qdiscs = append(t.qdiscs, q.Clone())
		}
	}
	return nil
}

// withRoutes calls f with a connection to the routing tables of a namespace.
func withRoutes(p *inspect.Place, f func(*route.Conn) error) error {
	c, err := route.Dial(&route.Config{NetNS: p.FD})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	return f(c)
}

func withLinks(p *inspect.Place, f func(*link.Conn) error) error {
	c, err := link.Dial(&link.Config{NetNS: p.FD})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is lost with it
	return f(c)
}
