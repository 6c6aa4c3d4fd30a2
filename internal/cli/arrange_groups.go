package cli

import (
	"fmt"

	"github.com/nlstat/nlstat/pkg/render"
)

// An apart looks for rows that agree in one part of what they are grouped by, and differ in another.
type apart[T any] struct {
	render.Writer[T]
	parts func(key []byte, row *T) ([]byte, uint64) // no key: the row has none
	hint  string
	seen  map[string]uint64 // of some keys, the other part
	buf   []byte
	found bool
}

// partsOf returns the parts that the rows of groups may differ in, and the hint about it, nil if there are
// none: addresses with ports are in many groups, processes of one name in a single one.
func (s *sheet[T]) partsOf(by []render.Column[T], i int) (
	parts func([]byte, *T) ([]byte, uint64), hint string,
) {
	c := by[i]
	pid := render.Find(s.table.Columns, "pid")
	switch {
	case render.Find(s.table.Columns, c.Key+"_addr") >= 0:
		return func(key []byte, row *T) ([]byte, uint64) {
			at := c.Value(row)
			if at.Kind() != render.KindEndpoint {
				return nil, 0
			}
			return at.Addr().AppendTo(key), uint64(at.Port())
		}, fmt.Sprintf("%s is address and port: -g %[1]s_addr groups by address", c.Key)
	case c.Key == "process" && pid >= 0 && render.Find(by, "pid") < 0:
		id := s.table.Columns[pid].Value
		return func(key []byte, row *T) ([]byte, uint64) {
			n, name := id(row), c.Value(row)
			if n.Kind() == render.KindNone {
				return nil, 0
			}
			return name.Append(key), n.Uint()
		}, "processes of one name are in one group: -g process,pid tells them apart"
	}
	return nil, ""
}

// mostAddresses bounds what apart remembers.
const mostAddresses = 1000

func (p *apart[T]) Row(row *T) error {
	if !p.found {
		key, other := p.parts(p.buf[:0], row)
		was, seen := p.seen[string(key)]
		p.found = len(key) > 0 && seen && was != other
		if !seen && len(p.seen) < mostAddresses {
			p.seen[string(key)] = other
		}
		p.buf = key
	}
	return p.Writer.Row(row)
}
