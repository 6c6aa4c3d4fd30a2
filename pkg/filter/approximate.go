//go:build linux

package filter

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// An approximation translates expressions for the inet sockets of one family or both, with the meaning
// of [Expr.Match]. A condition without a translation becomes true or false, whichever keeps the bound
// valid.
type approximation struct {
	family uint8 // 0 = both
	other  bool  // neither: the kernel checks only states
	admin  bool
	states diag.StateSet // that the query requests
}

// A bound is the translation of an expression: a constant or a program.
type bound struct {
	code  diag.Bytecode
	known bool // a constant: value
	value bool
	exact bool // equivalent to the expression
}

// sure is a constant that is equivalent to the expression.
func sure(value bool) bound { return bound{known: true, value: value, exact: true} }

// program is a translation that is equivalent to the expression.
func program(c *diag.Condition) bound { return bound{code: c.Bytecode(), exact: true} }

// of returns an upper bound of e, which holds at least where e does, or a lower bound, which holds at
// most there.
func (a *approximation) of(e Expr, upper bool) bound {
	b := a.exactly(e, upper)
	if !b.known && (b.code == nil || len(b.code) > diag.MaxBytecode) {
		return bound{known: true, value: upper}
	}
	return b
}

// exactly translates e if it has a translation; otherwise it returns an empty program.
func (a *approximation) exactly(e Expr, upper bool) bound {
	switch e := e.(type) {
	case *And:
		return both(a.of(e.Left, upper), a.of(e.Right, upper), false, upper)
	case *Or:
		return both(a.of(e.Left, upper), a.of(e.Right, upper), true, upper)
	case *Not:
		b := a.of(e.X, !upper)
		b.value = !b.value
		if !b.known {
			b.code = b.code.Not()
		}
		return b
	case Const:
		return sure(bool(e))
	case *Within:
		return a.within(e, upper)
	case *State:
		return a.state(e)
	}
	if a.other {
		return bound{}
	}
	return a.inet(e, upper)
}

// within translates X, if that may leave out sockets.
func (a *approximation) within(e *Within, upper bool) bound {
	if !upper {
		return bound{known: true}
	}
	b := a.of(e.X, true)
	b.exact = b.exact && b.known && !b.value // false within false is exact
	return b
}

// inet translates the conditions of inet sockets.
func (a *approximation) inet(e Expr, upper bool) bound {
	switch e := e.(type) {
	case *Host:
		return a.host(e, upper)
	case *Network:
		return a.network(e)
	case *AtLeast:
		return a.compare(e.Port, 0, e.Port > 0xffff, opFor(e.Side, diag.OpLocalGE, diag.OpRemoteGE))
	case *AtMost:
		return a.compare(e.Port, 0xffff, e.Port < 0, opFor(e.Side, diag.OpLocalLE, diag.OpRemoteLE))
	case *Device:
		return program(&diag.Condition{Op: diag.OpDevice, Device: e.Index})
	case *Mark:
		if a.admin {
			return program(&diag.Condition{Op: diag.OpMark, Mark: e.Value, Mask: e.Mask})
		}
	case *Cgroup:
		return program(&diag.Condition{Op: diag.OpCgroup, Cgroup: e.ID})
	}
	return bound{}
}

// both joins two translations with or, decided by the constant true, or with and, decided by false. If
// the result is too long, the first alone is used if that keeps the bound valid.
func both(l, r bound, decides, upper bool) bound {
	exact := l.exact && r.exact
	switch {
	case l.known && l.value == decides || r.known && r.value != decides:
		l.exact = exact
		return l
	case r.known || l.known: // r decides, or the result is r
		r.exact = exact
		return r
	}
	switch {
	case len(l.code)+jumpLen+len(r.code) > diag.MaxBytecode && upper == decides:
		return bound{}
	case len(l.code)+jumpLen+len(r.code) > diag.MaxBytecode:
		return bound{code: l.code}
	case decides:
		return bound{code: l.code.Or(r.code), exact: exact}
	}
	return bound{code: l.code.And(r.code), exact: exact}
}

// jumpLen is the length that an or adds.
const jumpLen = 4

// compare translates a comparison with a port; it is true for all ports if port is all.
func (a *approximation) compare(port, all int64, never bool, op diag.Op) bound {
	switch {
	case never:
		return sure(false)
	case port < 0 || port > 0xffff || port == all:
		return sure(true)
	}
	return program(&diag.Condition{Op: op, Port: int32(port)})
}

// state is decided by the query's states if possible. Programs cannot test states.
func (a *approximation) state(e *State) bound {
	switch set := e.requested(); {
	case a.states&set == 0:
		return sure(false)
	case a.states&^set == 0:
		return sure(true)
	}
	return bound{}
}

// host translates a host. Families other than inet do not have one.
func (a *approximation) host(h *Host, upper bool) bound {
	switch {
	case h.Family == unix.AF_UNIX || h.HasWord:
		return bound{}
	case h.Port < AnyPort || h.Port > 0xffff:
		return sure(false)
	case len(h.Addrs) == 0:
		return a.address(h, netip.Prefix{}, upper)
	}
	result := sure(false)
	for _, p := range h.Addrs {
		result = both(result, a.address(h, p, upper), true, upper)
	}
	return result
}

// address translates one alternative.
func (a *approximation) address(h *Host, p netip.Prefix, upper bool) bound {
	if p.Bits() <= 0 { // any address
		if h.Port == AnyPort {
			return sure(true)
		}
		return bound{code: h.code(netip.Prefix{}), exact: true}
	}
	switch v4 := p.Addr().Is4(); {
	case v4 == (a.family == unix.AF_INET) && a.family != 0:
		return bound{code: h.code(p), exact: true}
	case v4:
		// IPv6 addresses that begin with the same bits, and its mapped form.
		return bound{code: h.code(inIPv6(p)).Or(h.code(p)), exact: true}
	}
	four, ok := inIPv4(p)
	switch {
	case a.family == unix.AF_INET && !ok:
		return sure(false)
	case a.family == unix.AF_INET:
		return bound{code: h.code(four), exact: true}
	case !ok:
		return bound{code: h.code(p), exact: true}
	case upper:
		// The kernel would also accept the mapped form of four.
		return bound{code: h.code(p).Or(h.code(four))}
	}
	return bound{code: h.code(p)}
}

// inIPv6 returns the IPv6 addresses that begin like a prefix of IPv4.
func inIPv6(p netip.Prefix) netip.Prefix {
	var six [16]byte
	four := p.Addr().As4()
	copy(six[:], four[:])
	return netip.PrefixFrom(netip.AddrFrom16(six), p.Bits())
}

// inIPv4 returns the IPv4 addresses that an IPv6 prefix matches, if any: they are compared as if
// followed by zeros.
func inIPv4(p netip.Prefix) (netip.Prefix, bool) {
	six := p.Masked().Addr().As16()
	four := netip.PrefixFrom(netip.AddrFrom4([4]byte(six[:4])), min(p.Bits(), 32))
	return four, [12]byte(six[4:]) == [12]byte{}
}
