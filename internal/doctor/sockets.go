package doctor

import (
	"cmp"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// sockets is the input of the checks from the sockets of one network namespace: groups and the few rows that
// may be worth a finding, never all rows.
type sockets struct {
	listeners  []listener // TCP
	unix       []listener
	listening  map[uint16]bool // TCP ports
	closeWait  map[holding]*forgotten
	unanswered map[calling]int // connections in SYN-SENT whose SYN was retransmitted
	transfers  map[netip.Addr]*transfer
	dropping   []dropping
	stuck      []stuck
	held       []stuck // limited by their send buffer
	blackholes []stuck // whose large packets may be lost
	services   []service
	owners     inspect.Owners // of TCP listeners
	ports      ports
}

// A listener is a socket that others connect to.
type listener struct {
	local        netip.AddrPort
	name         string // of a unix socket
	queue, limit uint32 // connections that wait to be accepted
	drops        uint32 // since it was opened
	was          *counted
	who          holder
	through      *inspect.Through // of all listeners with its address; nil for a unix socket
}

// counted is what is kept of a socket from the first sample.
type counted struct {
	sent, retrans uint64 // bytes
	drops         uint32
	queue, limit  uint32 // of a listener
	full          bool   // its receive buffer was
	received      uint64 // bytes, if it was
	closed        bool   // by its peer, but not by its program (CLOSE-WAIT)
}

// A holding is a process and one end that the connections it keeps have in common: its own port for those of
// clients, the peer for those that it opened itself, each of which has a port of its own.
type holding struct {
	who  string
	port uint16
	peer netip.AddrPort
}

// forgotten are connections whose peer has closed them.
type forgotten struct {
	pid    int32
	n      int
	oldest time.Duration // without data
}

// A calling is a process and a peer that does not answer it.
type calling struct {
	who  string
	peer netip.AddrPort
	here bool // an address of the namespace itself
}

// A transfer is the number of bytes sent to one address.
type transfer struct {
	sent, retrans       uint64 // between the samples
	allSent, allRetrans uint64 // by the same connections since they were opened
}

// dropping is a socket that dropped packets between the samples.
type dropping struct {
	family       uint8
	subject      string
	protocol     string
	port         uint16
	connected    bool // no listing of listeners shows it
	grown        uint32
	used, buffer uint32
	who          string
}

// stuck is a connection that makes no progress.
type stuck struct {
	local, remote netip.AddrPort
	used, buffer  uint32
	came          uint64  // bytes received between the samples
	part          float64 // of its sending time
	mss           uint32
	iface         uint32
	idle          time.Duration
	who           string
}

// A service is an address that accepts connections or datagrams.
type service struct {
	local    netip.AddrPort
	protocol string
	reach    inspect.Reach
	who      holder
}

// fold reduces two dumps to a [sockets] of each network namespace.
type fold struct {
	scenes map[uint64]*Scene
	hasher *inspect.Hasher
	was    map[inspect.Fingerprint]counted
	last   bool                            // this is the second dump, or the only one
	next   map[inspect.Fingerprint]counted // for the next sample; nil = there is none
	tcp    *inspect.Listeners
	// fullPart is the part of a receive buffer from which on it counts as full, heldPart that of the time that
	// a send buffer holds a connection back, from which on it is kept.
	fullPart, heldPart float64
}

func newFold(fullPart, heldPart float64) *fold {
	return &fold{
		scenes: map[uint64]*Scene{}, hasher: inspect.NewHasher(), was: map[inspect.Fingerprint]counted{},
		tcp: inspect.NewListeners(), fullPart: fullPart, heldPart: heldPart,
	}
}

// take is called with every row of a dump.
func (f *fold) take(row *inspect.Row) {
	if row.Own {
		return
	}
	switch {
	case !f.last:
		f.remember(f.was, row)
		return
	case f.next != nil:
		f.remember(f.next, row)
	}
	scene := f.scenes[row.NetNS]
	if scene == nil {
		return // a namespace that appeared between the samples
	}
	s := scene.sockets
	switch {
	case row.Family == unix.AF_UNIX:
		f.takeUnix(s, row)
	case row.Family == unix.AF_NETLINK, row.Family == unix.AF_PACKET:
		f.takeDrops(s, row)
	case row.Protocol == unix.IPPROTO_TCP:
		f.takeTCP(scene, row)
	default:
		f.takeDrops(s, row)
		if inspect.IsEndpoint(row) {
			s.services = append(s.services, serviceOf(row))
		}
	}
}

// remember keeps the values that the next sample is compared with. Sockets with zero counters are not kept,
// nor are bytes that the caller of a Follower keeps.
func (f *fold) remember(in map[inspect.Fingerprint]counted, row *inspect.Row) {
	c := counted{drops: row.SkMem.Drops, full: f.full(row), closed: row.State == diag.StateCloseWait}
	if row.State == diag.StateListen {
		c.queue, c.limit = row.RecvQ, row.SendQ
	}
	if f.next == nil && row.TCP.Valid(diag.TCPFieldReordSeen) && row.Has&diag.HasTCPInfo != 0 {
		c.sent, c.retrans = row.TCP.BytesSent, row.TCP.BytesRetrans
	}
	if c.full {
		c.received = row.TCP.BytesReceived
	}
	if c != (counted{}) {
		in[f.hasher.Of(row.NetNS, row.Socket)] = c
	}
}

// before returns the values of the previous sample, zero if the socket was not kept.
func (f *fold) before(row *inspect.Row) (c counted) {
	if len(f.was) > 0 {
		c = f.was[f.hasher.Of(row.NetNS, row.Socket)]
	}
	if row.Rates.Was.Valid {
		c.sent, c.retrans = row.Rates.Was.Sent, row.Rates.Was.Resent
	}
	return c
}

// fullPart is the part of a receive buffer from which on it counts as full, if the caller says nothing else.
const fullPart = 0.8

// full reports whether a receive buffer is: its memory includes overhead, and its limit is twice what the
// program requested, so that both compare.
func (f *fold) full(row *inspect.Row) bool {
	return row.Has&diag.HasSkMem != 0 && row.State != diag.StateListen && row.SkMem.Rcvbuf > 0 &&
		float64(row.SkMem.RmemAlloc) >= f.fullPart*float64(row.SkMem.Rcvbuf)
}

func (f *fold) takeTCP(scene *Scene, row *inspect.Row) {
	s := scene.sockets
	s.ports.take(row.Socket)
	switch row.State {
	case diag.StateListen:
		f.tcp.Add(row)
		s.owners = holderOf(row).owners
		s.listening[row.Local.Port()] = true // listed before its connections
		s.services = append(s.services, serviceOf(row))
	case diag.StateSynRecv:
		f.tcp.Add(row)
	case diag.StateCloseWait:
		if f.before(row).closed || scene.Interval == 0 { // in both samples, or there is one only
			s.takeCloseWait(row)
		}
	case diag.StateSynSent:
		if row.Retrans >= synRetries {
			peer := peerOf(row)
			here := peer.Addr().IsLoopback() || peer.Addr() == row.Local.Addr().Unmap()
			s.unanswered[calling{who(row), peer, here}]++
		}
	case diag.StateEstablished:
		f.takeEstablished(s, row)
	default: // closing
	}
}

// finish adds the listeners, which are complete after the last row.
func (f *fold) finish() {
	for l := range f.tcp.All() {
		s := f.scenes[l.Identity.NetNS].sockets
		at := listener{
			local: l.Local, queue: l.AcceptQueue, limit: l.AcceptLimit, drops: l.Drops, through: l.Through,
			who: holder{owners: s.owners, inode: l.Inode},
		}
		if was, known := f.was[f.hasher.Identity(&l.Identity)]; known {
			at.was = &was
		}
		s.listeners = append(s.listeners, at)
	}
}

// synRetries is the number of retransmitted SYNs from which on a peer counts as not answering: seven seconds.
const synRetries = 2

// forgottenAfter is the longest normal time in CLOSE-WAIT without data.
const forgottenAfter = time.Minute

func (s *sockets) takeCloseWait(row *inspect.Row) {
	idle := idle(row)
	if idle < forgottenAfter || row.Inode == 0 { // without an inode it was not accepted yet
		return
	}
	port, holder := row.Local.Port(), holderOf(row)
	s.forget(holding{who: holder.String(), port: port}, holder, idle)
	if !s.listening[port] { // the process opened it, or no longer has the listener: one group grows
		s.forget(holding{who: holder.String(), peer: peerOf(row)}, holder, idle)
	}
}

// forget adds a connection in CLOSE-WAIT to a group.
func (s *sockets) forget(key holding, h holder, idle time.Duration) {
	g := s.closeWait[key]
	if g == nil {
		g = &forgotten{pid: h.pid()}
		s.closeWait[key] = g
	}
	g.n++
	g.oldest = max(g.oldest, idle)
}

// idle is the time since data was last sent or received.
func idle(row *inspect.Row) time.Duration {
	if row.Has&diag.HasTCPInfo == 0 {
		return 0
	}
	return time.Duration(min(row.TCP.LastDataSent, row.TCP.LastDataRecv)) * time.Millisecond
}

func (f *fold) takeEstablished(s *sockets, row *inspect.Row) {
	t, was := &row.TCP, f.before(row)
	if row.Has&diag.HasTCPInfo == 0 {
		return
	}
	if t.Valid(diag.TCPFieldReordSeen) && t.BytesSent > was.sent {
		peer := row.Remote.Addr().Unmap() // sockets of both families may be connected to it
		sum := s.transfers[peer]
		if sum == nil {
			sum = &transfer{}
			s.transfers[peer] = sum
		}
		sum.sent += t.BytesSent - was.sent
		sum.retrans += t.BytesRetrans - min(was.retrans, t.BytesRetrans)
		sum.allSent, sum.allRetrans = sum.allSent+t.BytesSent, sum.allRetrans+t.BytesRetrans
	}
	c := stuck{local: row.Local, remote: row.Remote, mss: t.SndMSS, iface: row.Iface, idle: idle(row)}
	if f.full(row) && was.full {
		c.used, c.buffer, c.who = row.SkMem.RmemAlloc, row.SkMem.Rcvbuf, who(row)
		if t.Valid(diag.TCPFieldSegsIn) {
			c.came = t.BytesReceived - min(was.received, t.BytesReceived)
		}
		s.stuck = append(s.stuck, c)
	}
	busy := float64(t.BusyTime)
	if t.Valid(diag.TCPFieldSndbufLimited) && busy >= leastBusy {
		if part := float64(t.RwndLimited) / busy; row.Timer == diag.TimerProbe && part > 0.5 {
			c.part, c.who = part, who(row)
			s.stuck = append(s.stuck, c)
		}
		if part := float64(t.SndbufLimited) / busy; part >= f.heldPart {
			c.part, c.buffer = part, row.SkMem.Sndbuf
			s.addHeld(c, row)
		}
	}
	if swallowed(row) {
		c.who = who(row)
		s.blackholes = append(s.blackholes, c)
	}
}

// leastBusy is the sending time in microseconds below which the share of waiting means nothing.
const leastBusy = 1e6

// mostHeld limits the connections kept for one note.
const mostHeld = 1000

func (s *sockets) addHeld(c stuck, row *inspect.Row) {
	if len(s.held) < mostHeld {
		c.who = who(row)
		s.held = append(s.held, c)
	}
}

func (f *fold) takeUnix(s *sockets, row *inspect.Row) {
	if row.State != diag.StateListen || row.Has&diag.HasQueues == 0 {
		return
	}
	l := listener{name: string(row.Name()), queue: row.RecvQ, limit: row.SendQ, who: holderOf(row)}
	if was, known := f.was[f.hasher.Of(row.NetNS, row.Socket)]; known {
		l.was = &was
	}
	s.unix = append(s.unix, l)
}

// takeDrops notes a socket that dropped packets since the first sample.
func (f *fold) takeDrops(s *sockets, row *inspect.Row) {
	grown := row.SkMem.Drops - f.before(row).drops // 32 bits, which wrap
	if row.Has&diag.HasSkMem == 0 || grown == 0 {
		return
	}
	d := dropping{
		family: row.Family, grown: grown, used: row.SkMem.RmemAlloc, buffer: row.SkMem.Rcvbuf, who: who(row),
		port: row.Local.Port(), connected: row.Remote.Port() != 0,
	}
	if k, ok := row.Kind(); ok {
		d.protocol = k.Name
	}
	switch row.Family {
	case unix.AF_NETLINK:
		d.subject = "netlink port " + utoa(row.Netlink.PortID)
	case unix.AF_PACKET:
		d.subject = "packet socket on " + linkName(row, row.Iface)
	default:
		d.subject = row.Local.String()
	}
	s.dropping = append(s.dropping, d)
}

// peerOf returns the peer, with its interface if it is a link-local address.
func peerOf(row *inspect.Row) netip.AddrPort {
	peer := unmap(row.Remote)
	if addr := peer.Addr(); addr.Is6() && addr.IsLinkLocalUnicast() && row.Iface != 0 {
		return netip.AddrPortFrom(addr.WithZone(cmp.Or(row.LinkName(row.Iface), utoa(row.Iface))), peer.Port())
	}
	return peer
}

// linkName returns the name of an interface, "every interface" for 0.
func linkName(row *inspect.Row, index uint32) string {
	if index == 0 {
		return "every interface"
	}
	if name := row.LinkName(index); name != "" {
		return name
	}
	return "interface " + utoa(index)
}

func serviceOf(row *inspect.Row) service {
	s := service{local: row.Local, reach: row.Reach(), who: holderOf(row)}
	if k, ok := row.Kind(); ok {
		s.protocol = k.Name
	}
	return s
}
