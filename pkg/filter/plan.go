//go:build linux

package filter

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Planner makes the kernel do as much of a filter's work as it can.
type Planner struct {
	// Both is for ss: a filter that ss translates as a whole goes to the kernel as ss would send it, and
	// what the kernel says counts beside [Filter.Match]. Otherwise the kernel never leaves out a socket
	// that matches.
	Both bool
	// Admin: marks may be requested: the process has CAP_NET_ADMIN in the namespace.
	Admin bool
}

// A Plan is the kernel requests for a query and a filter.
type Plan struct {
	// Query is the query with all that the kernel can check in addition. A kernel that is older than an
	// instruction of its Filter answers EINVAL: then ask without Filter.
	Query diag.Query
	// Empty says that no socket of the query can match: there is nothing to ask.
	Empty bool
	// Exact says that the kernel lists exactly what matches: [Filter.Match] need not be asked.
	Exact bool
	// Key, if not nil, names the connection that alone can match. [diag.Conn.Lookup] finds it without a
	// list; if it finds nothing, the list still has to be requested.
	Key *diag.Key
	// KeyIface says that the filter names the interface of Key too. Where it does not, the same
	// addresses may be in use once more for each interface that sockets are bound to (VRF).
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

// inet plans what only inet queries have: ports, programs, exact look-ups.
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

// pins are what every socket that matches has in common: the conditions that stand at the top, joined
// by and.
type pins struct {
	query     *diag.Query
	ends      [2]pin
	states    diag.StateSet
	hasStates bool
	iface     uint32
	hasIface  bool
	twoIfaces bool // which is one too many
}

// A pin is what is known of an end.
type pin struct {
	low, high int64 // bounds of the port
	host      netip.Addr
	hasHost   bool
	loose     bool // host also fits IPv6 addresses that begin like it, see Host.Addrs
}

func (p *pin) addr() netip.AddrPort { return netip.AddrPortFrom(p.host, uint16(p.low)) }

func (p *pin) bound(low, high int64) { p.low, p.high = max(p.low, low), min(p.high, high) }

// none reports that they contradict one another. Families other than inet have ports of other kinds.
func (p *pins) none() bool {
	for i := range p.ends {
		if p.inet() && p.ends[i].low > p.ends[i].high {
			return true
		}
	}
	return p.twoIfaces
}

// find returns them. It does not descend to the right of an or, or below a not.
func (p *pins) find(e Expr) {
	for {
		and, ok := e.(*And)
		if !ok {
			break
		}
		p.find(and.Right)
		e = and.Left
	}
	if w, ok := e.(*Within); ok { // what is part of it has all of this in common
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

// pinned reports whether both ends of a connection are known. With the whole program the kernel sees to
// it that no IPv6 address fits that only begins like an IPv4 address.
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
