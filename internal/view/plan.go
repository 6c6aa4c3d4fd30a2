package view

import (
	"net/netip"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Plan declares what the kernel can check of a comparison with a field, for one query. The expression
// holds for exactly the sockets of the query that fulfill the condition; a [filter.Within] holds for at
// least those. nil means that the kernel cannot check it.
type Plan func(t *Target, c *Condition) filter.Expr

// A Target is a query that a filter narrows.
type Target struct {
	Query *diag.Query
	Kind  *diag.Kind // what the query lists
	Env   *Env
}

// An Env is what plans know of the network namespace that is asked. The zero value knows nothing.
type Env struct {
	// Admin tells that the kernel shows marks: the caller has CAP_NET_ADMIN in the namespace.
	Admin bool
	// Links returns the names of all interfaces by index. It may be nil, and return nil, where they are
	// not known.
	Links func() map[uint32]string
	// VRF tells that one of the interfaces is a VRF: the same addresses and ports may be in use more than
	// once, and no connection is looked up by them.
	VRF func() bool
	// Cgroups returns the paths of all control groups by id, likewise.
	Cgroups func() map[uint64]string
}

// A Condition is one value that a field is compared with.
type Condition struct {
	Op   Op
	Text string // as it was written
	// Number tells that the value is a number or a range of them: Lo to Hi.
	Number bool
	Lo, Hi uint64
	// Net tells that the value is an address, a network or an endpoint: Prefix, invalid for any, and a
	// range of Ports, nil for any.
	Net    bool
	Prefix netip.Prefix
	Ports  *[2]uint16
	// Fits tells whether a value that is not absent fulfills the condition.
	Fits func(v *render.Value) bool
}

// fits tells whether a text fulfills the condition; the empty one is absent.
func (c *Condition) fits(text string) bool {
	v := render.Name(text)
	return text != "" && c.Fits(&v)
}

// links returns the interfaces, nil if they are not known.
func (e *Env) links() map[uint32]string {
	if e.Links == nil {
		return nil
	}
	return e.Links()
}

// cgroups returns the control groups, nil if they are not known.
func (e *Env) cgroups() map[uint64]string {
	if e.Cgroups == nil {
		return nil
	}
	return e.Cgroups()
}

// AnyOf joins alternatives; none of them is never fulfilled.
func AnyOf(list []filter.Expr) filter.Expr {
	if len(list) == 0 {
		return filter.Const(false)
	}
	e := list[0]
	for _, next := range list[1:] {
		e = &filter.Or{Left: e, Right: next}
	}
	return e
}
