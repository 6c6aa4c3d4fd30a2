package ss

import (
	"context"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

// maxLinks limits the look-ups that replace a dump of all connections.
const maxLinks = 256

// lookUp shows the one TCP connection whose ends the filter names, without a dump. It reports false, and has
// shown nothing, if a dump is needed: if nothing was found, if several were, whose order is that of the
// kernel's table, or if there are too many interfaces or VRFs.
func (p *program) lookUp(ctx context.Context, q *diag.Query) (done bool, err error) {
	if p.filter.f == nil || p.filter.f.Expr == nil || q.Want&diag.HasStorage != 0 {
		return false, nil
	}
	c, err := p.open()
	if err != nil {
		return false, nil // the dump reports the error
	}
	var found []*diag.Socket
	var links []uint32
	for _, family := range p.inetOrder() {
		one := *q
		one.Family = family
		plan := planner.Plan(p.filter.f.Expr, &one)
		switch {
		case plan.Empty:
			continue
		case plan.Key == nil:
			return false, nil
		case links == nil:
			if links = linkIndexes(ctx); links == nil {
				return false, nil
			}
		}
		for s, err := range c.Find(ctx, &plan.Query, keysByLink(plan.Key, links)) {
			if err != nil {
				return false, nil // likewise
			}
			found = append(found, s.Clone())
		}
	}
	if len(found) != 1 {
		return false, nil
	}
	return true, p.inetSocket(ctx, found[0])
}

// keysByLink returns a key for a socket without an interface, and one for each interface that it may be bound
// to.
func keysByLink(k *diag.Key, links []uint32) []diag.Key {
	keys := []diag.Key{*k}
	for _, index := range links {
		one := *k
		one.Iface = index
		keys = append(keys, one)
	}
	return keys
}

// linkIndexes returns the indexes of all interfaces, nil if they are too many or one is a VRF, in which
// addresses may be in use again.
func linkIndexes(ctx context.Context) []uint32 {
	c, err := link.Dial(nil)
	if err != nil {
		return nil
	}
	defer func() { _ = c.Close() }() // it was only read
	var indexes []uint32
	for l, err := range c.Links(ctx, &link.Query{}) {
		if err != nil || len(indexes) == maxLinks || string(l.Kind()) == "vrf" {
			return nil
		}
		indexes = append(indexes, l.Index)
	}
	return indexes
}
