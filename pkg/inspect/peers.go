//go:build linux

package inspect

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// peers finds the other ends of connections on this host. The first ones are looked up one by one, which
// takes microseconds each; beyond that all are listed, with one entry for each socket whose other end may
// be here. Nothing is requested for rows without another end, such as listeners.
type peers struct {
	run    *run
	listed atomic.Pointer[pairs] // nil until they are listed, not changed after that
	across bool                  // the other end may be in another namespace

	mu     sync.Mutex // rows are made by several goroutines
	place  *Place     // the current namespace; nil = cloned rows have only the data joined before
	local  map[netip.Addr]bool
	conn   *diag.Conn
	asked  int
	found  *pairs                       // looked up one by one
	queues map[uint64]queues            // unix connections that wait to be accepted, by namespace
	veths  map[uint64]map[uint32]uint32 // links whose other end is in the same namespace, by namespace
	broken bool                         // a query failed: an end may be on this host although it was not found
}

// fewPeers is the number of ends that are looked up one by one.
const fewPeers = 200

func newPeers(r *run) *peers {
	return &peers{
		run: r, across: r.cfg.Namespaces.All, found: newPairs(0),
		queues: map[uint64]queues{}, veths: map[uint64]map[uint32]uint32{},
	}
}

// enter sets the namespace of the following rows.
func (p *peers) enter(place *Place) {
	if p != nil {
		p.leave()
		p.place = place
	}
}

// leave unsets it. Cloned rows have the data joined before.
func (p *peers) leave() {
	if p == nil {
		return
	}
	p.place, p.local = nil, nil
	if p.conn != nil {
		_ = p.conn.Close() // no data to lose
		p.conn = nil
	}
}

func (p *peers) close() { p.leave() }

// Inode returns the inode of the socket at the other end of a row, 0 if it is not on this host or unknown.
func (p *peers) Inode(r *Row) uint32 {
	if r.Family == unix.AF_UNIX {
		return p.queued(r)
	}
	if r.Family != unix.AF_INET && r.Family != unix.AF_INET6 || r.Remote.Port() == 0 {
		return 0
	}
	end := PairOf(r).Other()
	if inode := p.inode(&end); inode != 0 || end.Iface == 0 {
		return inode
	}
	// Link-local addresses: the end is on the same link, or on the other one of a veth pair.
	if end.Iface = p.veth(&end); end.Iface == 0 {
		return 0
	}
	return p.inode(&end)
}

// inode returns the inode of the socket of an end.
func (p *peers) inode(end *Pair) uint32 {
	if all := p.listed.Load(); all != nil {
		return all.get(end, p.across)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch all := p.listed.Load(); {
	case all != nil: // listed meanwhile
		return all.get(end, p.across)
	case p.elsewhere(end.NetNS):
		return p.found.get(end, false)
	case p.run.cfg.Replay != nil, // the addresses of the recorded host are unknown
		p.run.cfg.Record != nil: // they are listed in the replay, too
		return p.list().get(end, p.across)
	case !p.here(end.Local.Addr()):
		if p.across {
			return p.list().get(end, p.across)
		}
		return 0
	}
	if p.asked++; p.asked > fewPeers || end.Protocol != unix.IPPROTO_TCP {
		return p.list().get(end, p.across)
	}
	inode := p.lookup(end)
	p.found.set(end, inode)
	return inode
}

// elsewhere reports whether a row is of another namespace than the current one: it was cloned, and has only
// the data joined before. The caller holds the lock.
func (p *peers) elsewhere(netns uint64) bool { return p.place == nil || p.place.Inode != netns }

// Known reports whether there is no other end on this host if [peers.Inode] returns 0.
func (p *peers) Known(r *Row) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch remote := r.Remote.Addr().Unmap(); {
	case p.broken:
		return false
	case p.run.cfg.Replay != nil, r.Family != unix.AF_INET && r.Family != unix.AF_INET6, remote.IsLoopback():
		return true
	case p.across:
		rep := &p.run.report
		return rep.Closed+rep.Unsearched+rep.Hidden+rep.Truncated == 0 && !p.ambiguous(r)
	case !p.elsewhere(r.NetNS) && p.here(remote):
		return true
	default:
		return !p.run.manyNamespaces()
	}
}

// ambiguous reports whether several sockets may be the other end of a row. The caller holds the lock.
func (p *peers) ambiguous(r *Row) bool {
	end := PairOf(r).Other()
	all := p.listed.Load()
	return all != nil && all.several(&end)
}

// veth returns the peer of an end's veth link if that is in the same namespace, else 0.
func (p *peers) veth(end *Pair) uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, ok := p.veths[end.NetNS]
	if !ok && !p.elsewhere(end.NetNS) && p.run.cfg.Replay == nil {
		all = vethPeers(p.run.ctx, p.place.FD)
		p.veths[end.NetNS] = all
	}
	return all[end.Iface]
}

// here reports whether the namespace has an address. The caller holds the lock.
func (p *peers) here(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	if p.local == nil {
		p.local = localAddresses(p.run.ctx, p.place.FD)
	}
	return p.local[a]
}

// lookup looks up one TCP connection, in either family that can have it. The caller holds the lock.
func (p *peers) lookup(end *Pair) uint32 {
	if p.conn == nil {
		var err error
		if p.conn, err = diag.Dial(&diag.Config{NetNS: p.place.FD}); err != nil {
			p.broken = true
			return 0
		}
	}
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		if family == unix.AF_INET && !end.Local.Addr().Is4() {
			continue
		}
		q := diag.Query{Family: family, Protocol: end.Protocol}
		s, err := p.conn.Lookup(p.run.ctx, &q, &diag.Key{
			Local: end.Local, Remote: end.Remote, Iface: end.Iface,
		})
		if err == nil && s.Inode != 0 {
			return s.Inode
		}
		p.broken = p.broken || err != nil && !errors.Is(err, diag.ErrNotFound)
	}
	return 0
}

// list lists the connections of all namespaces that may have other ends. The caller holds the lock.
func (p *peers) list() *pairs {
	all := newPairs(p.room())
	qs := p.kinds()
	if !p.across {
		p.listAt(p.place, qs, all)
	} else {
		saved := p.run.report // skipping a namespace is counted by the run itself
		_ = p.run.each(p.run.spaces, func(place *Place) error {
			p.listAt(place, qs, all)
			return nil
		})
		p.run.report = saved
	}
	p.listed.Store(all)
	return all
}

// kinds returns the queries for connections of the plan's kinds.
func (p *peers) kinds() []Query {
	var qs []Query
	asked := p.run.plan.queries(p.place)
	for i := range asked {
		q := &asked[i]
		if q.Family != unix.AF_INET && q.Family != unix.AF_INET6 || q.States != 0 && q.States&connected == 0 {
			continue
		}
		for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} { // IPv4 may be mapped at one end
			qs = appendKind(qs, diag.Query{Family: family, Protocol: q.Protocol, States: connected})
		}
	}
	return qs
}

func appendKind(qs []Query, q diag.Query) []Query {
	for i := range qs {
		if qs[i].Family == q.Family && qs[i].Protocol == q.Protocol {
			return qs
		}
	}
	return append(qs, Query{Query: q})
}

// connected are the states of sockets whose other end may have an owner.
const connected = diag.StateSet(1<<diag.StateEstablished | 1<<diag.StateSynSent | 1<<diag.StateSynRecv |
	1<<diag.StateFinWait1 | 1<<diag.StateFinWait2 | 1<<diag.StateCloseWait | 1<<diag.StateLastAck |
	1<<diag.StateClosing)

// listAt stores the connections of one namespace whose other end may be on this host. A missing diag module
// means that there are none; after another error they are unknown.
func (p *peers) listAt(place *Place, qs []Query, all *pairs) {
	kinds := p.run.oneWalk(p.run.filled(place, append([]Query(nil), qs...)))
	if len(kinds) == 0 {
		return
	}
	cfg := place.config()
	conn, done, err := p.dial(place, &cfg)
	if err != nil {
		p.broken = true
		return
	}
	defer done()
	far := func(netip.Addr) bool { return false }
	if !p.across && cfg.Replay == nil && cfg.Record == nil {
		if p.local == nil {
			p.local = localAddresses(p.run.ctx, place.FD)
		}
		far = func(a netip.Addr) bool { return !a.IsLoopback() && !p.local[a] }
	}
	for i := range kinds {
		for s, err := range conn.Sockets(p.run.ctx, &kinds[i].Query) {
			if err != nil {
				p.broken = p.broken || !absent(err)
				break
			}
			if s.Remote.Port() == 0 || far(s.Remote.Addr().Unmap()) {
				continue
			}
			end := pairOf(place.Inode, s)
			all.set(&end, s.Inode)
		}
	}
}

// dial returns a connection besides that of the run's queries.
func (p *peers) dial(place *Place, cfg *diag.Config) (conn *diag.Conn, done func(), err error) {
	if place.conn != nil && place != p.place {
		return place.conn, func() {}, nil
	}
	conn, err = diag.Dial(cfg)
	return conn, func() { _ = conn.Close() }, err // no data to lose
}

// room returns the kernel's number of connections, here or in all namespaces; more may follow.
func (p *peers) room() int {
	cfg := p.place.config()
	st, err := diag.ReadSockStat(&cfg)
	switch {
	case err != nil:
		return 0 // it grows
	case p.across:
		return int(st.TCPAlloc)
	default:
		return int(st.TCP + st.TCP6)
	}
}
