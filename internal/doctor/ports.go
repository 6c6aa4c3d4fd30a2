package doctor

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A lane is a pair of source address and service, within which source ports are unique.
type lane struct {
	source netip.Addr
	target netip.AddrPort
}

// ports counts the source ports in use of each lane. It keeps a hash of each, and the addresses of busy ones
// only: most connections of a server are of clients with different addresses.
type ports struct {
	first, last uint16 // that connect(2) chooses from
	reuse       reuse
	busyFrom    int32
	seed        maphash.Seed
	counts      map[uint64]int32
	busy        map[uint64]lane
	bound       map[netip.Addr]int32 // bound and not connected: taken for every target
	top         lane                 // with the most connections
	topCount    int32
}

// busyLane is the number of ports from which on the addresses of a lane are kept.
const busyLane = 32

// newPorts makes room for lanes. Those that take less than a part of the ports need not be known by name.
func newPorts(s sysctls, part float64) ports {
	first, last, usable := s.portRange()
	return ports{
		first: first, last: last, reuse: s.reuse(),
		busyFrom: max(1, min(busyLane, int32(last-first)/4+1, int32(part*float64(usable)))),
		seed:     maphash.MakeSeed(),
		counts:   map[uint64]int32{}, busy: map[uint64]lane{}, bound: map[netip.Addr]int32{},
	}
}

func (p *ports) take(row *diag.Socket) {
	port := row.Local.Port()
	if port < p.first || port > p.last || row.State == diag.StateListen || row.State == diag.StateSynRecv ||
		p.reuse.takesOver(row) {
		return
	}
	if row.Remote.Port() == 0 {
		p.bound[row.Local.Addr()]++
		return
	}
	l := lane{row.Local.Addr(), row.Remote}
	key := p.hash(&l)
	p.counts[key]++
	if p.counts[key] == p.busyFrom {
		p.busy[key] = l
	}
	if p.counts[key] > p.topCount {
		p.top, p.topCount = l, p.counts[key]
	}
}

func (p *ports) hash(l *lane) uint64 {
	var b [34]byte
	source, target := l.source.As16(), l.target.Addr().As16()
	copy(b[:], source[:])
	copy(b[16:], target[:])
	binary.NativeEndian.PutUint16(b[32:], l.target.Port())
	return maphash.Bytes(p.seed, b[:])
}

// used calls f with every busy lane and its ports in use.
func (p *ports) used(f func(l lane, n int)) {
	for key, l := range p.busy {
		f(l, int(p.counts[key]+p.boundFor(l.source)))
	}
}

// fullest returns the lane with the most connections, and its ports in use.
func (p *ports) fullest() (l lane, n int) {
	return p.top, int(p.topCount + p.boundFor(p.top.source))
}

// boundFor returns the number of ports that a source cannot use for any target.
func (p *ports) boundFor(source netip.Addr) (n int32) {
	for addr, bound := range p.bound {
		if addr == source || addr.IsUnspecified() {
			n += bound
		}
	}
	return n
}

// reuse selects the connections in TIME-WAIT whose port connect(2) may reuse (net.ipv4.tcp_tw_reuse).
type reuse uint8

const (
	reuseNone     reuse = iota
	reuseAll            // 1
	reuseLoopback       // 2, the default since Linux 4.19
)

// reuse reads the settings. Without timestamps the kernel does not reuse: late packets look like new ones.
func (s sysctls) reuse() reuse {
	stamps, known := s.number("ipv4/tcp_timestamps", 0)
	mode, ok := s.number("ipv4/tcp_tw_reuse", 0)
	if !ok || known && stamps == 0 || mode > uint64(reuseLoopback) {
		return reuseNone
	}
	return reuse(mode)
}

// A connection is in TIME-WAIT for timeWaitLength (TCP_TIMEWAIT_LEN); its port may be reused after a second
// (tcp_twsk_unique).
const (
	timeWaitLength = 60 * time.Second
	takenOverAfter = time.Second
)

// takesOver reports whether connect(2) may reuse the port of a connection that has ended.
func (r reuse) takesOver(row *diag.Socket) bool {
	if r == reuseNone || row.State != diag.StateTimeWait || row.Expires > timeWaitLength-takenOverAfter {
		return false
	}
	return r == reuseAll || row.Local.Addr().Unmap().IsLoopback() || row.Remote.Addr().Unmap().IsLoopback()
}
