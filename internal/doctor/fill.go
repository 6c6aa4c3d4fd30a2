package doctor

import (
	"context"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/route"
)

// An Amount is how much of something limited is in use, and its limit.
type Amount struct{ Used, Limit uint64 }

// Part returns the used part of the limit.
func (a Amount) Part() float64 { return part(a.Used, a.Limit) }

// A Fill is the use of one limited resource of a network namespace.
type Fill struct {
	Resource string // "source-ports", "conntrack", ...
	Amount
	Known   bool   // false = the amount is unknown
	Setting string // that limits it, by its name in sysctl(8)
	Detail  string // the range of ports, or why the amount is unknown
}

// Fills reads the use of the limited resources of a network namespace. Those of the whole host are included
// in the initial namespace only.
func Fills(ctx context.Context, p *inspect.Place) ([]Fill, error) {
	x := &examination{ctx: ctx, cfg: &Config{}, needs: needCounters | needNeighbors | needConntrack}
	s := &Scene{missing: map[need]Missing{}}
	_ = s.settle(p) // what could not be read is missing
	_, tracked := s.sysctls[conntrackMax]
	if !tracked { // a request for its statistics would load the module
		x.needs &^= needConntrack
		s.missing[needConntrack] = Missing{Why: "connection tracking is not in use"}
	}
	s.now = *x.read(p, s)
	ports, err := s.sourcePorts(ctx, p)
	if err != nil {
		return nil, err
	}
	flows := s.fill("conntrack", conntrackMax, needConntrack, s.flows)
	if flows.Known {
		flows.Detail = "" // it is known from the settings
	}
	return append(append([]Fill{ports, flows}, s.neighborFills()...), s.hostFills()...), nil
}

// fill makes a Fill of an amount; it is unknown if its source could not be read.
func (s *Scene) fill(resource, setting string, n need, get func() (Amount, bool)) Fill {
	f := Fill{Resource: resource, Setting: dotted(setting), Detail: s.missing[n].Why}
	f.Amount, f.Known = get()
	return f
}

// sourcePorts reads how many of the ports that connect(2) chooses from are in use. A port can be used once
// for each pair of source and target, so the amount is that of the pair with most ports. The kernel filters
// out sockets with other ports.
func (s *Scene) sourcePorts(ctx context.Context, p *inspect.Place) (Fill, error) {
	first, last, usable := s.sysctls.portRange()
	if usable <= 0 {
		why := s.missing[needHost].Why
		return Fill{Resource: "source-ports", Setting: dotted(portRangeSetting), Detail: why}, nil
	}
	ports := newPorts(s.sysctls, 1)
	conn, err := diag.Dial(&diag.Config{NetNS: p.FD})
	if err != nil {
		return Fill{}, err
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	from := diag.Condition{Op: diag.OpLocalGE, Port: int32(first)}
	to := diag.Condition{Op: diag.OpLocalLE, Port: int32(last)}
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		q := diag.Query{Family: family, Protocol: unix.IPPROTO_TCP, Filter: from.Bytecode().And(to.Bytecode())}
		for sock, err := range conn.Sockets(ctx, &q) {
			if err != nil {
				return Fill{}, err
			}
			ports.take(sock)
		}
	}
	l, n := ports.fullest()
	detail := fmt.Sprintf("%d-%d", first, last)
	if l.target.IsValid() {
		detail += fmt.Sprintf(", most to %v", netip.AddrPortFrom(l.target.Addr().Unmap(), l.target.Port()))
	}
	return Fill{
		Resource: "source-ports", Amount: Amount{uint64(n), uint64(usable)}, Known: true,
		Setting: dotted(portRangeSetting), Detail: detail,
	}, nil
}

// neighborFills are those of the tables of neighbors, which all namespaces share.
func (s *Scene) neighborFills() (list []Fill) {
	for i := range s.now.neighbors {
		t := &s.now.neighbors[i]
		if t.Thresh3 > 0 {
			list = append(list, Fill{
				Resource: familyOf(t) + "-neighbors", Amount: s.now.neighborsOf(t), Known: true,
				Setting: dotted(neighborLimit(t)),
			})
		}
	}
	return list
}

// hostFills are those of the whole host.
func (s *Scene) hostFills() (list []Fill) {
	for _, f := range [...]Fill{
		s.fill("time-wait", timeWaitMax, needCounters, s.timeWaits),
		s.fill("orphans", orphanMax, needCounters, s.orphans),
	} {
		if f.Known {
			list = append(list, f)
		}
	}
	return list
}

// Settings that limit something.
const (
	portRangeSetting = "ipv4/ip_local_port_range"
	conntrackMax     = "netfilter/nf_conntrack_max"
	conntrackCount   = "netfilter/nf_conntrack_count"
	timeWaitMax      = "ipv4/tcp_max_tw_buckets"
	orphanMax        = "ipv4/tcp_max_orphans"
)

// flows returns the use of the table of tracked flows. Without CAP_NET_ADMIN, and before Linux 4.18, the use,
// or its limit, is read from the settings.
func (s *Scene) flows() (a Amount, ok bool) {
	a.Limit, ok = s.sysctls.number(conntrackMax, 0)
	if t := s.now.conntrack; t != nil {
		if a.Used = uint64(t.Entries); t.Max > 0 {
			a.Limit = uint64(t.Max)
		}
		return a, a.Limit > 0
	}
	var counted bool
	a.Used, counted = s.sysctls.number(conntrackCount, 0)
	return a, ok && counted && a.Limit > 0
}

// neighborsOf returns the use of a table of neighbors.
func (t *tables) neighborsOf(of *route.NeighborTable) Amount {
	return Amount{uint64(of.Entries - min(t.kept[of.Family], of.Entries)), uint64(of.Thresh3)}
}

func familyOf(t *route.NeighborTable) string { return diag.FamilyName(t.Family) }

func neighborLimit(t *route.NeighborTable) string { return familyOf(t) + "/neigh/default/gc_thresh3" }

// timeWaits returns the use of the table of connections in TIME-WAIT.
func (s *Scene) timeWaits() (Amount, bool) { return s.counted(timeWaitSockets, timeWaitMax) }

// orphans returns the number of connections without a process, and its limit.
func (s *Scene) orphans() (Amount, bool) { return s.counted(orphanSockets, orphanMax) }

// counted returns a TCP value of sockstat, and the setting that limits it.
func (s *Scene) counted(gauge counter, setting string) (Amount, bool) {
	limit, ok := s.sysctls.number(setting, 0)
	now, told := s.gauge(gauge)
	return Amount{uint64(now), limit}, ok && told && limit > 0
}
