package view

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
)

// inet reports whether the kernel evaluates addresses and ports for the query.
func (t *Target) inet() bool {
	return t.Query.Family == unix.AF_INET || t.Query.Family == unix.AF_INET6
}

// addressless is the plan of a field of sockets with addresses for a query without such sockets, else nil.
func (t *Target) addressless() filter.Expr {
	if f, ok := diag.FamilyOf(t.Query.Family); ok && f.Ends != diag.EndsInet {
		return filter.Const(false)
	}
	return nil
}

// planPort returns the plan of a port at the given sides.
func planPort(sides ...filter.Side) Plan {
	return func(t *Target, c *Condition) filter.Expr {
		if !t.inet() {
			return t.addressless()
		}
		if !c.Number {
			return nil
		}
		var list []filter.Expr
		for _, side := range sides {
			e := portRange(side, c.Op, int64(min(c.Lo, 1<<16)), int64(min(c.Hi, 1<<16)))
			if e == nil {
				return nil
			}
			list = append(list, ofPeer(side, e))
		}
		return AnyOf(list)
	}
}

// ofPeer weakens a condition that sockets without a peer fulfill for the kernel, which has zeros as their
// remote end.
func ofPeer(side filter.Side, e filter.Expr) filter.Expr {
	none := func(family uint8) bool { return e.Match(&filter.Row{Family: family}) }
	if side == filter.SideRemote && (none(unix.AF_INET) || none(unix.AF_INET6)) {
		return &filter.Within{X: e}
	}
	return e
}

// portRange compares a port.
func portRange(side filter.Side, op Op, lo, hi int64) filter.Expr {
	switch op {
	case Equal:
		return &filter.And{Left: &filter.AtLeast{Side: side, Port: lo}, Right: &filter.AtMost{Side: side, Port: hi}}
	case Less:
		return &filter.AtMost{Side: side, Port: lo - 1}
	case LessEqual:
		return &filter.AtMost{Side: side, Port: hi}
	case Greater:
		return &filter.AtLeast{Side: side, Port: hi + 1}
	case GreaterEqual:
		return &filter.AtLeast{Side: side, Port: lo}
	default:
		return nil
	}
}

// planAddress returns the plan of an address or endpoint at the given sides.
func planAddress(sides ...filter.Side) Plan {
	return func(t *Target, c *Condition) filter.Expr {
		if !t.inet() {
			return t.addressless()
		}
		if !c.Net || c.Op != Equal {
			return nil
		}
		var list []filter.Expr
		for _, side := range sides {
			list = append(list, ofPeer(side, endExpr(side, c)))
		}
		return AnyOf(list)
	}
}

// endExpr compares one end with a network and ports.
func endExpr(side filter.Side, c *Condition) filter.Expr {
	var e filter.Expr = filter.Const(true)
	if c.Prefix.IsValid() {
		e = &filter.Network{Side: side, Prefix: c.Prefix}
	}
	if c.Ports == nil {
		return e
	}
	p := portRange(side, Equal, int64(c.Ports[0]), int64(c.Ports[1]))
	if !c.Prefix.IsValid() {
		return p
	}
	return &filter.And{Left: e, Right: p}
}
