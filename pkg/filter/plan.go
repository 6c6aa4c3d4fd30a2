//go:build linux

package filter

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Planner lets the kernel check as much of a filter as possible.
type Planner struct {
	// Both is for ss: a filter that ss translates as a whole is sent as ss would send it, and a socket is
	// shown if the kernel and [Filter.Match] accept it. Otherwise the kernel never leaves out a socket
	// that matches.
	Both bool
	// Admin says that the process has CAP_NET_ADMIN in the namespace, so that filters may test marks.
	Admin bool
}

// A Plan is the request for a query and a filter.
type Plan struct {
	// Query is the query with everything that the kernel can check. A kernel without an instruction of its
	// Filter returns EINVAL: then repeat the query without Filter.
	Query diag.Query
	// Empty says that no socket of the query can match, so that no request is needed.
	Empty bool
	// Exact says that the kernel lists exactly the matching sockets: [Filter.Match] is not needed.
	Exact bool
	// Key, if not nil, identifies the only connection that can match. [diag.Conn.Lookup] finds it without
	// a dump; if it finds nothing, the dump is still needed.
	Key *diag.Key
	// KeyIface says that the filter also names the interface of Key. Otherwise the same addresses may be
	// in use by several sockets that are bound to different interfaces (VRF).
	KeyIface bool
}

// Plan plans a query for one family and protocol. e may be nil: everything matches.
func (p *Planner) Plan(e Expr, q *diag.Query) Plan {
	plan := Plan{Query: *q, Exact: true}
	if e == nil {
		return plan
	}
	pins := pins{states: q.States, query: q, ends: [2]pin{{high: 0xffff}, {high: 0xffff}}}
	if pins.states == 0 {
		pins.states = diag.StatesKnown
	}
	pins.find(e)
	if pins.none() || pins.states == 0 {
		plan.Empty = true
		return plan
	}
	if pins.hasStates {
		plan.Query.States = pins.states
	}
	if !pins.inet() {
		a := approximation{other: true, states: pins.states}
		b := a.of(e, true)
		plan.Empty, plan.Exact = b.known && !b.value, false
		return plan
	}
	p.inet(e, q, &pins, &plan)
	return plan
}

// inet plans the parts of inet queries: ports, programs, look-ups.
func (p *Planner) inet(e Expr, q *diag.Query, pins *pins, plan *Plan) {
	a := approximation{family: q.Family, admin: p.Admin, states: pins.states}
	if q.Legacy {
		a.family = 0
	}
	upper := a.of(e, true)
	if upper.known && !upper.value {
		plan.Empty = true
		return
	}
	plan.Exact = upper.exact && q.Protocol != unix.IPPROTO_SCTP // which has no filter programs
	if !upper.known {
		plan.Query.Filter = upper.code
	}
	whole := false
	if p.Both {
		if b, ok := compile(e); ok {
			plan.Query.Filter, plan.Exact, whole = b, false, true
		}
	}
	if q.Protocol == unix.IPPROTO_TCP || q.Protocol == unix.IPPROTO_UDP {
		plan.Query.LocalPort, plan.Query.RemotePort = pins.port(SideLocal), pins.port(SideRemote)
	}
	if q.Protocol == unix.IPPROTO_TCP && !q.Legacy && pins.pinned(whole) && plan.Query.Filter.Decidable() {
		local, remote := pins.ends[SideLocal].addr(), pins.ends[SideRemote].addr()
		plan.Key = &diag.Key{Local: local, Remote: remote, Iface: pins.iface}
		plan.KeyIface = pins.hasIface
	}
}

// pins are the conditions that every matching socket fulfills: those at the top, joined by and.
type pins struct {
	query     *diag.Query
	ends      [2]pin
	states    diag.StateSet
	hasStates bool
	iface     uint32
	hasIface  bool
	twoIfaces bool // two different interfaces are required
}

// A pin is the condition on an end.
type pin struct {
	low, high int64 // bounds of the port
	host      netip.Addr
	hasHost   bool
	loose     bool // host also matches IPv6 addresses with the same first bits, see Host.Addrs
}

func (p *pin) addr() netip.AddrPort { return netip.AddrPortFrom(p.host, uint16(p.low)) }

func (p *pin) bound(low, high int64) { p.low, p.high = max(p.low, low), min(p.high, high) }

// none reports whether the pins are contradictory. Families other than inet have ports of other kinds.
func (p *pins) none() bool {
	for i := range p.ends {
		if p.inet() && p.ends[i].low > p.ends[i].high {
			return true
		}
	}
	return p.twoIfaces
}

// find collects the pins of e. It does not descend below or and not.
func (p *pins) find(e Expr) {
	for {
		and, ok := e.(*And)
		if !ok {
			break
		}
		p.find(and.Right)
		e = and.Left
	}
	if w, ok := e.(*Within); ok { // the unknown condition implies X
		p.find(w.X)
		return
	}
	switch e := e.(type) {
	case *State:
		p.states &= e.requested()
		p.hasStates = true
	case *Device:
		p.twoIfaces = p.twoIfaces || p.hasIface && p.iface != e.Index
		p.iface, p.hasIface = e.Index, true
	case *AtLeast:
		p.ends[e.Side].bound(e.Port, 0xffff)
	case *AtMost:
		p.ends[e.Side].bound(0, e.Port)
	case *Network:
		if end := &p.ends[e.Side]; e.Prefix.IsSingleIP() && !end.hasHost {
			end.host, end.hasHost = e.Prefix.Addr(), true
		}
	case *Host:
		p.host(e)
	}
}

func (p *pins) host(h *Host) {
	if h.Family == unix.AF_UNIX || h.HasWord {
		return
	}
	end := &p.ends[h.Side]
	if h.Port != AnyPort {
		end.bound(h.Port, h.Port)
	}
	if len(h.Addrs) == 1 && h.Addrs[0].IsSingleIP() && !end.hasHost {
		end.host, end.hasHost, end.loose = h.Addrs[0].Addr(), true, h.Addrs[0].Addr().Is4()
	}
}

func (p *pins) inet() bool {
	f := p.query.Family
	return f == unix.AF_INET || f == unix.AF_INET6 || p.query.Legacy
}

// port returns the port that the query may request, 0 = any.
func (p *pins) port(side Side) uint16 {
	was := p.query.LocalPort
	if side == SideRemote {
		was = p.query.RemotePort
	}
	if end := &p.ends[side]; was == 0 && end.low == end.high {
		return uint16(end.low)
	}
	return was
}

// pinned reports whether both ends of a connection are given. With the whole program the kernel rejects
// IPv6 addresses that only have the first bits of an IPv4 address.
func (p *pins) pinned(whole bool) bool {
	for i := range p.ends {
		end := &p.ends[i]
		if end.low != end.high || end.low == 0 || !end.hasHost {
			return false
		}
		if p.query.Family == unix.AF_INET6 && end.loose && !whole {
			return false
		}
		if p.query.Family == unix.AF_INET && end.host.Is6() {
			return false
		}
	}
	return true
}
