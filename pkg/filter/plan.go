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
	// Admin tells that marks may be asked for: the process has CAP_NET_ADMIN in the namespace.
	Admin bool
}

// A Plan is what to ask for a query and a filter.
type Plan struct {
	// Query is the query with all that the kernel can check in addition. A kernel that is older than an
	// instruction of its Filter answers EINVAL: then ask without Filter.
	Query diag.Query
	// Empty says that no socket of the query can match: there is nothing to ask.
	Empty bool
	// Exact says that the kernel lists exactly what matches: [Filter.Match] need not be asked.
	Exact bool
	// Key, if not nil, names the connection that alone can match. [diag.Conn.Lookup] finds it without a
	// list; if it finds nothing, the list is still to be asked for.
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
	pins := pins{states: q.States, query: q}
	if pins.states == 0 {
		pins.states = diag.AllStates
	}
	pins.find(e)
	if pins.none || pins.states == 0 {
		plan.Empty = true
		return plan
	}
	if pins.hasStates {
		plan.Query.States = pins.states
	}
	if !pins.inet() {
		plan.Exact = false
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
	plan.Exact = upper.exact && q.Protocol != unix.IPPROTO_SCTP // which knows no programs
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
		plan.Query.LocalPort, plan.Query.RemotePort = pins.port(Local), pins.port(Remote)
	}
	if q.Protocol == unix.IPPROTO_TCP && !q.Legacy && pins.pinned(whole) {
		plan.Key = &diag.Key{Local: pins.ends[Local].addr(), Remote: pins.ends[Remote].addr(), Iface: pins.iface}
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
	none      bool // they contradict one another
}

// A pin is what is known of an end.
type pin struct {
	hasPort, hasHost bool
	port             uint16
	host             netip.Addr
}

func (p *pin) addr() netip.AddrPort { return netip.AddrPortFrom(p.host, p.port) }

// find looks for them. It does not descend to the right of an or, or below a not.
func (p *pins) find(e Expr) {
	for {
		and, ok := e.(*And)
		if !ok {
			break
		}
		p.find(and.Right)
		e = and.Left
	}
	switch e := e.(type) {
	case *State:
		p.states &= e.requested()
		p.hasStates = true
	case *Device:
		p.none = p.none || p.hasIface && p.iface != e.Index
		p.iface, p.hasIface = e.Index, true
	case *Host:
		p.host(e)
	}
}

func (p *pins) host(h *Host) {
	if h.Family == unix.AF_UNIX || h.HasWord {
		return
	}
	end := &p.ends[h.Side]
	if h.Port != AnyPort && h.Port >= 0 && h.Port <= 0xffff && p.inet() {
		port := uint16(h.Port)
		p.none = p.none || end.hasPort && end.port != port
		end.port, end.hasPort = port, true
	}
	if len(h.Addrs) == 1 && h.Addrs[0].IsSingleIP() {
		end.host, end.hasHost = h.Addrs[0].Addr(), true
	}
}

func (p *pins) inet() bool {
	f := p.query.Family
	return f == unix.AF_INET || f == unix.AF_INET6 || p.query.Legacy
}

// port returns the port that the query may ask for, 0 = any.
func (p *pins) port(side Side) uint16 {
	was := p.query.LocalPort
	if side == Remote {
		was = p.query.RemotePort
	}
	if was != 0 || !p.ends[side].hasPort {
		return was
	}
	return p.ends[side].port
}

// pinned reports whether both ends of a connection are known. An IPv4 address also fits IPv6 addresses
// that begin like it, unless the kernel has the whole program.
func (p *pins) pinned(whole bool) bool {
	for i := range p.ends {
		end := &p.ends[i]
		if !end.hasPort || end.port == 0 || !end.hasHost {
			return false
		}
		if v4 := end.host.Is4(); v4 != (p.query.Family == unix.AF_INET) && (!v4 || !whole) {
			return false
		}
	}
	return true
}
