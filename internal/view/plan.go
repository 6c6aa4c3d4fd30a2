package view

import (
	"net/netip"
	"sync"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Plan translates a comparison with a field to what the kernel can evaluate for one query. The expression
// is true for exactly the sockets of the query that fulfill the condition; a [filter.Within] for at least
// those. nil means that the kernel cannot evaluate it.
type Plan func(t *Target, c *Condition) filter.Expr

// A Target is the query that a filter is pushed down to.
type Target struct {
	Query *diag.Query
	Kind  *diag.Kind // what the query lists
	Env   *Env
}

// An Env describes the queried network namespace. In the zero value everything is unknown.
type Env struct {
	// Admin: the caller has CAP_NET_ADMIN in the namespace, so the kernel reports marks.
	Admin bool
	// Links returns the names of all interfaces by index. It may be nil, or return nil, if they are unknown.
	Links func() map[uint32]string
	// VRF: one of the interfaces is a VRF. The same addresses and ports may be in use more than once, so
	// connections are not looked up by them.
	VRF func() bool
	// Cgroups returns the paths of all control groups by id, likewise.
	Cgroups func() map[uint64]string
	// Container returns the name of a container by the id in its control group, "" if unknown.
	Container func(id string) string
}

// EnvOf describes a queried network namespace.
func EnvOf(p *inspect.Place) *Env {
	return &Env{
		Admin: p.NetAdmin(), Links: p.LinkNames, VRF: sync.OnceValue(p.HasVRF),
		Cgroups: p.Cgroups, Container: p.ContainerName,
	}
}

// A Condition is one value that a field is compared with.
type Condition struct {
	Op   Op
	Text string // source text
	// Number: the value is a number or a range, Lo to Hi.
	Number bool
	Lo, Hi uint64
	// Net: the value is an address, a network or an endpoint: Prefix, invalid for any, and a range of Ports,
	// nil for any.
	Net    bool
	Prefix netip.Prefix
	Ports  *[2]uint16
	// Fits reports whether a value that is not absent fulfills the condition.
	Fits func(v *render.Value) bool
}

// fits reports whether a string fulfills the condition; an empty one is absent.
func (c *Condition) fits(text string) bool {
	v := render.Name(text)
	return text != "" && c.Fits(&v)
}

// links returns the interfaces, nil if unknown.
func (e *Env) links() map[uint32]string {
	if e.Links == nil {
		return nil
	}
	return e.Links()
}

// cgroups returns the control groups, nil if unknown.
func (e *Env) cgroups() map[uint64]string {
	if e.Cgroups == nil {
		return nil
	}
	return e.Cgroups()
}

// AnyOf combines alternatives with or; without any it is never true.
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
