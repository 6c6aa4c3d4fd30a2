package cli

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
)

// narrow makes the kernel check what it can of the filter: ports and addresses, as a program that it runs on
// every socket. What it then sends is never less than what matches, and is checked here once more.
func narrow(tree *query.Node, n *names.Names, qs []diag.Query) []diag.Query {
	if tree == nil {
		return qs
	}
	q := &translator{names: n}
	e := q.condition(tree)
	var p filter.Planner
	kept := qs[:0]
	for i := range qs {
		if f := qs[i].Family; f != unix.AF_INET && f != unix.AF_INET6 {
			kept = append(kept, qs[i])
			continue
		}
		if pl := p.Plan(e, &qs[i]); !pl.Empty {
			kept = append(kept, pl.Query)
		}
	}
	return kept
}

// A translator turns a filter into conditions of the planner.
type translator struct{ names *names.Names }

// opaque is a condition that the kernel knows nothing of.
type opaque struct{ text string }

func (o opaque) Match(*filter.Row) bool { return true }
func (o opaque) String() string         { return o.text }

// condition translates a filter for the planner.
func (q *translator) condition(n *query.Node) filter.Expr {
	switch {
	case n.Test != nil:
		return q.leaf(n.Test)
	case n.Not != nil:
		return &filter.Not{X: q.condition(n.Not)}
	}
	kids, either := n.And, false
	if n.Or != nil {
		kids, either = n.Or, true
	}
	e := q.condition(kids[0])
	for _, k := range kids[1:] {
		e = combine(either, e, q.condition(k))
	}
	return e
}

func combine(either bool, a, b filter.Expr) filter.Expr {
	if either {
		return &filter.Or{Left: a, Right: b}
	}
	return &filter.And{Left: a, Right: b}
}

// checkable returns the ends at which the kernel can check a field, and whether that is a port; none if it
// cannot.
func checkable(field string) (sides []filter.Side, port bool) {
	both := []filter.Side{filter.Local, filter.Remote}
	switch field {
	case "port":
		return both, true
	case "local_port":
		return both[:1], true
	case "remote_port":
		return both[1:], true
	case "host", "endpoint":
		return both, false
	case "local", "local_addr":
		return both[:1], false
	case "remote", "remote_addr":
		return both[1:], false
	}
	return nil, false
}

// leaf translates one test: any end with any of its values.
func (q *translator) leaf(t *query.Test) filter.Expr {
	if set, ok := stateMask(t); ok {
		return &filter.State{Set: diag.StateSet(set)}
	}
	sides, port := checkable(t.Field)
	if sides == nil {
		return opaque{t.Field}
	}
	var e filter.Expr
	for _, side := range sides {
		for _, a := range t.Args {
			one := q.value(side, port, t.Op, a.Text)
			if e == nil {
				e = one
				continue
			}
			e = combine(true, e, one)
		}
	}
	return e
}

// value translates one value at one end.
func (q *translator) value(side filter.Side, isPort bool, op query.Op, text string) filter.Expr {
	service := func(name string) (uint64, bool) {
		port, ok := q.names.Port("", name)
		return uint64(port), ok
	}
	if isPort {
		lo, hi, ok := query.PortRange(text, service)
		if !ok {
			return opaque{text}
		}
		return ports(side, op, lo, hi)
	}
	pfx, ends, ok := query.Endpoint(text, service)
	if !ok || op != query.Equal {
		return opaque{text}
	}
	var e filter.Expr
	if pfx.IsValid() {
		e = &filter.Network{Side: side, Prefix: pfx}
	}
	if ends != nil {
		p := ports(side, query.Equal, int64(ends[0]), int64(ends[1]))
		if e == nil {
			return p
		}
		e = combine(false, e, p)
	}
	if e == nil {
		return opaque{text}
	}
	return e
}

func ports(side filter.Side, op query.Op, lo, hi int64) filter.Expr {
	switch op {
	case query.Equal:
		return combine(false, &filter.AtLeast{Side: side, Port: lo}, &filter.AtMost{Side: side, Port: hi})
	case query.Less:
		return &filter.AtMost{Side: side, Port: lo - 1}
	case query.LessEqual:
		return &filter.AtMost{Side: side, Port: hi}
	case query.Greater:
		return &filter.AtLeast{Side: side, Port: hi + 1}
	case query.GreaterEqual:
		return &filter.AtLeast{Side: side, Port: lo}
	default:
		return opaque{op.String()}
	}
}
