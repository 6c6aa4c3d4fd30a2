//go:build linux

package filter

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// Bytecode returns the program that ss sends with every dump of inet sockets, nil if it sends none:
// without a filter, or because of a condition that it does not translate, such as dev. It may reject
// sockets that match: the kernel knows which ports it chose, distinguishes families, and compares only
// the low 16 bits of ports. ss shows sockets that pass both this and [Filter.Match].
//
// Unlike ss, which sends only the first address of a host, it tests all.
func (f *Filter) Bytecode() diag.Bytecode {
	if f.Expr == nil {
		return nil
	}
	b, ok := compile(f.Expr)
	if !ok {
		return nil
	}
	return b
}

// compile translates an expression as a whole.
func compile(e Expr) (diag.Bytecode, bool) {
	var b diag.Bytecode
	ok := true
	switch e := e.(type) {
	case *And:
		b, ok = compileBoth(e.Left, e.Right, diag.Bytecode.And)
	case *Or:
		b, ok = compileBoth(e.Left, e.Right, diag.Bytecode.Or)
	case *Not:
		if b, ok = compile(e.X); ok {
			b = b.Not()
		}
	case *Host:
		return e.compile()
	case *AtLeast:
		b = code(&diag.Condition{Op: opFor(e.Side, diag.OpLocalGE, diag.OpRemoteGE), Port: int32(e.Port)})
	case *AtMost:
		b = code(&diag.Condition{Op: opFor(e.Side, diag.OpLocalLE, diag.OpRemoteLE), Port: int32(e.Port)})
	case *Mark:
		b = code(&diag.Condition{Op: diag.OpMark, Mark: e.Value, Mask: e.Mask})
	case *Cgroup:
		b = code(&diag.Condition{Op: diag.OpCgroup, Cgroup: e.ID})
	case *Autobound:
		b = code(&diag.Condition{Op: diag.OpAuto})
	default:
		return nil, false
	}
	return b, ok && len(b) <= diag.MaxBytecode
}

func compileBoth(left, right Expr, join func(_, _ diag.Bytecode) diag.Bytecode) (diag.Bytecode, bool) {
	l, ok := compile(left)
	if !ok {
		return nil, false
	}
	r, ok := compile(right)
	if !ok {
		return nil, false
	}
	return join(l, r), true
}

// compile translates the alternatives of a host. Values of other families have no translation.
func (h *Host) compile() (diag.Bytecode, bool) {
	if h.HasWord || h.Family != 0 && h.Family != unix.AF_INET && h.Family != unix.AF_INET6 {
		return nil, false
	}
	if len(h.Addrs) == 0 {
		return h.code(netip.Prefix{}), true
	}
	last := len(h.Addrs) - 1
	b := h.code(h.Addrs[last])
	for i := last - 1; i >= 0; i-- {
		b = h.code(h.Addrs[i]).Or(b)
	}
	return b, true
}

// code returns the instruction for one of its addresses.
func (h *Host) code(p netip.Prefix) diag.Bytecode {
	return code(&diag.Condition{
		Op: opFor(h.Side, diag.OpLocalHost, diag.OpRemoteHost), Prefix: p, Port: int32(h.Port),
	})
}

func code(c *diag.Condition) diag.Bytecode { return c.Bytecode() }

func opFor(side Side, local, remote diag.Op) diag.Op {
	if side == SideRemote {
		return remote
	}
	return local
}
