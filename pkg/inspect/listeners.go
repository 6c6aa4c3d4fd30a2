//go:build linux

package inspect

import (
	"encoding/binary"
	"hash/maphash"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// Listeners reports the health of listening sockets: their queues, drops and connections. It is computed
// from one dump, in which the kernel sends listeners before connections of the same family. It takes some
// 200 bytes for each listener and each name of a unix socket, and nothing for a connection, unless it is
// [Rated].
//
//	all := inspect.NewListeners()
//	for row, err := range session.Sockets(ctx, &inspect.Plan{
//		Queries: inspect.TCP(), Filter: func(int) func(*inspect.Row) bool { return inspect.OfListener },
//	}) {
//		...
//		all.Add(row)
//	}
//
// Queries must want HasSkMem for drops. A connection is assigned by its local address: to the listener that
// the kernel would select for a new connection to it.
type Listeners struct {
	spaces map[uint64]*listenerSpace
	last   *listenerSpace
	hasher *Hasher

	made     time.Time
	before   *Listeners      // nil = no rates
	accepted map[uint64]bool // connections, if rates are needed
}

// A Listener is one listening socket.
type Listener struct {
	Identity Identity
	Local    netip.AddrPort // of inet sockets
	Iface    uint32         // that it is bound to, 0 = any
	Inode    uint32
	UID      uint32

	AcceptQueue uint32 // connections waiting for accept(2)
	AcceptLimit uint32 // its limit: the backlog of listen(2), at most net.core.somaxconn
	// Drops counts connection requests and connections that were dropped because a queue was full or memory
	// was short; the sum over all listeners is ListenDrops of TcpExt. HasDrops says that it is known.
	Drops    uint32
	HasDrops bool

	// Through has the connections of the listener. Listeners of the same address (SO_REUSEPORT) share it,
	// because the kernel does not report which of them accepted a connection.
	Through *Through

	next int32 // of the same address, -1 = none
}

// Through has the connections of a listener, or of all that share an address.
type Through struct {
	Listeners uint32 // that share the address
	// States counts connections by state. Those in StateSynRecv are half open, and their number is the length
	// of the SYN queue.
	States [maxListenerState]uint32
	// AcceptQueue, AcceptLimit and Drops are the sums over the listeners.
	AcceptQueue, AcceptLimit, Drops uint64
	// Accepted is the number of connections accepted since the sample before. It is a lower bound: those that
	// were also closed in between are not seen.
	Accepted uint64
	// Elapsed is the time since the sample before, 0 without one.
	Elapsed time.Duration
}

const maxListenerState = int(diag.StateBoundInactive) + 1

// SynQueue returns the number of half-open connection requests.
func (t *Through) SynQueue() uint32 { return t.States[diag.StateSynRecv] }

// Conns returns the number of connections that are complete and not in TIME-WAIT, those in the accept queue
// included.
func (t *Through) Conns() uint32 {
	return t.Established() + t.CloseWait() + t.Closing()
}

// Established returns the number of open connections.
func (t *Through) Established() uint32 { return t.States[diag.StateEstablished] }

// CloseWait returns the number of connections that only the peer has closed.
func (t *Through) CloseWait() uint32 { return t.States[diag.StateCloseWait] }

// Closing returns the number of connections that this host has closed and that still exist, without
// TIME-WAIT.
func (t *Through) Closing() uint32 {
	return t.States[diag.StateFinWait1] + t.States[diag.StateFinWait2] + t.States[diag.StateLastAck] +
		t.States[diag.StateClosing]
}

// TimeWait returns the number of connections in TIME-WAIT.
func (t *Through) TimeWait() uint32 { return t.States[diag.StateTimeWait] }

// AcceptRate returns the connections accepted per second since the sample before; ok is false without one.
func (t *Through) AcceptRate() (perSecond float64, ok bool) {
	if t.Elapsed <= 0 {
		return 0, false
	}
	return float64(t.Accepted) / t.Elapsed.Seconds(), true
}

// Len returns the number of listeners.
func (l *Listeners) Len() (n int) {
	for _, s := range l.spaces {
		n += len(s.list)
	}
	return n
}

// A listenerSpace is one network namespace.
type listenerSpace struct {
	netns   uint64
	list    []Listener
	through []Through
	group   []int32 // by listener: index into through
	at      map[listenerKey]int32
	inodes  map[uint32]int32
	// ports has a bit for each listening port, by which nearly all connections of clients are skipped.
	ports [1 << 16 / 64]uint64
	names map[Fingerprint]int32 // of unix listeners: index into through
}

// A listenerKey is the address that connections have in common with their listener.
type listenerKey struct {
	addr     [16]byte
	port     uint16
	protocol uint16
	family   uint8
}

// NewListeners returns an empty Listeners.
func NewListeners() *Listeners {
	return &Listeners{spaces: map[uint64]*listenerSpace{}, hasher: NewHasher(), made: time.Now()}
}

// Rated returns an empty Listeners that stores eight bytes for each connection, for [Listeners.After].
func Rated() *Listeners {
	l := NewListeners()
	l.accepted = map[uint64]bool{}
	return l
}

// After returns an empty Listeners for the sample after l, which must be Rated and complete. It counts the
// connections accepted in between, and is Rated itself.
func (l *Listeners) After() *Listeners {
	next := Rated()
	next.hasher = l.hasher
	l.before = nil // two samples are enough
	next.before = l
	return next
}

// OfListener reports whether a row is a listener or may be a connection of one, for [Plan.Filter].
func OfListener(r *Row) bool {
	switch r.State {
	case diag.StateSynSent, diag.StateClose, diag.StateBoundInactive, diag.StateUnknown:
		return false
	default:
		return true
	}
}

// Add adds a row: a listener, or a connection, which must follow its listener if it is an inet socket.
func (l *Listeners) Add(r *Row) {
	s := l.space(r.NetNS)
	switch {
	case r.State == diag.StateListen:
		l.listener(s, r)
	case !OfListener(r), int(r.State) >= maxListenerState:
	case r.Family == unix.AF_UNIX:
		if len(r.Name()) > 0 {
			l.count(s, s.named(l.unixKey(r.Socket)), r)
		}
	case r.Family == unix.AF_INET, r.Family == unix.AF_INET6:
		if i := s.find(r.Socket); i >= 0 {
			l.count(s, s.group[i], r)
		}
	}
}

// named returns the index of the connections of a named listener, which may be added later: unix sockets
// have no order.
func (s *listenerSpace) named(name Fingerprint) int32 {
	group, ok := s.names[name]
	if !ok {
		group = int32(len(s.through))
		s.through = append(s.through, Through{})
		s.names[name] = group
	}
	return group
}

// space returns a namespace.
func (l *Listeners) space(netns uint64) *listenerSpace {
	if l.last != nil && l.last.netns == netns {
		return l.last
	}
	s := l.spaces[netns]
	if s == nil {
		s = &listenerSpace{
			netns: netns, at: map[listenerKey]int32{}, inodes: map[uint32]int32{}, names: map[Fingerprint]int32{},
		}
		l.spaces[netns] = s
	}
	l.last = s
	return s
}

// listener adds a listener.
func (l *Listeners) listener(s *listenerSpace, r *Row) {
	i := int32(len(s.list))
	at := Listener{
		Identity: IdentityOf(s.netns, r.Socket), Local: r.Local, Iface: r.Iface, Inode: r.Inode, UID: r.UID,
		AcceptQueue: r.RecvQ, AcceptLimit: r.SendQ, next: -1,
	}
	if r.Has&diag.HasSkMem != 0 && r.SkMem.Len >= 9 {
		at.Drops, at.HasDrops = r.SkMem.Drops, true
	}
	group := int32(-1)
	switch r.Family {
	case unix.AF_INET, unix.AF_INET6:
		key := keyOf(r.Socket, r.Local.Addr())
		first, ok := s.at[key]
		if ok {
			at.next = first
			for j := first; j >= 0; j = s.list[j].next {
				if s.list[j].Iface == at.Iface {
					group = s.group[j]
					break
				}
			}
		}
		s.at[key] = i
		s.ports[key.port/64] |= 1 << (key.port % 64)
	case unix.AF_UNIX:
		if len(r.Name()) > 0 {
			group = s.named(l.unixKey(r.Socket))
		}
	}
	if group < 0 {
		group = int32(len(s.through))
		s.through = append(s.through, Through{})
	}
	s.list, s.group = append(s.list, at), append(s.group, group)
	if r.Inode != 0 {
		s.inodes[r.Inode] = i
	}
	t := &s.through[group]
	t.Listeners++
	t.AcceptQueue += uint64(at.AcceptQueue)
	t.AcceptLimit += uint64(at.AcceptLimit)
	t.Drops += uint64(at.Drops)
	if l.before != nil {
		t.Elapsed = l.made.Sub(l.before.made)
	}
}

// keyOf returns the key of the listeners of a connection's family and port at an address.
func keyOf(s *diag.Socket, addr netip.Addr) listenerKey {
	return listenerKey{addr: addr.As16(), port: s.Local.Port(), protocol: s.Protocol, family: s.Family}
}

// find returns the index of the listener of a connection, -1 for none: first one that is bound to its
// address, then one that is bound to all; among those, first one that is bound to its link. An IPv4
// connection of an IPv6 listener is an IPv6 socket, too.
func (s *listenerSpace) find(socket *diag.Socket) int32 {
	port := socket.Local.Port()
	if s.ports[port/64]&(1<<(port%64)) == 0 {
		return -1
	}
	addr := socket.Local.Addr()
	candidates := [...]netip.Addr{addr, netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for i, a := range candidates {
		if i == 1 && !addr.Is4() && !addr.Is4In6() || i == 2 && socket.Family != unix.AF_INET6 {
			continue
		}
		if first, ok := s.at[keyOf(socket, a)]; ok {
			if at := s.onLink(first, socket.Iface); at >= 0 {
				return at
			}
		}
	}
	return -1
}

// onLink returns the first listener of one address that accepts connections from a link.
func (s *listenerSpace) onLink(first int32, iface uint32) int32 {
	found := int32(-1)
	for i := first; i >= 0; i = s.list[i].next {
		switch s.list[i].Iface {
		case iface:
			return i
		case 0:
			found = i
		}
	}
	return found
}

// unixKey identifies the address of a unix socket, which connections inherit from their listener. A path
// that is bound again is a different file.
func (l *Listeners) unixKey(s *diag.Socket) Fingerprint {
	var buf [128]byte
	b := append(buf[:0], s.Type)
	b = append(b, s.Name()...)
	if s.Has&diag.HasVFS != 0 {
		e := binary.NativeEndian
		b = e.AppendUint32(e.AppendUint32(b, s.Unix.VFSInode), s.Unix.VFSDev)
	}
	return l.hasher.sum(b)
}

// count counts a connection.
func (l *Listeners) count(s *listenerSpace, group int32, r *Row) {
	t := &s.through[group]
	t.States[r.State]++
	waits := r.Inode == 0 && (r.State == diag.StateEstablished || r.State == diag.StateCloseWait)
	if l.accepted == nil || waits || r.State == diag.StateSynRecv {
		return
	}
	h := l.connection(r)
	l.accepted[h] = true
	if l.before != nil && !l.before.accepted[h] {
		t.Accepted++
	}
}

// connection returns a hash of the parts of a connection that are the same in all states, including
// TIME-WAIT.
func (l *Listeners) connection(r *Row) uint64 {
	var buf [identityLen]byte
	id := Identity{NetNS: r.NetNS, Family: r.Family, Protocol: r.Protocol, Local: r.Local, Remote: r.Remote}
	if r.Family == unix.AF_UNIX {
		id.Inode = r.Inode
	}
	return maphash.Bytes(l.hasher.a, id.pack(&buf))
}

// Of returns the listener of a row with that socket; ok is false if it was not added.
func (l *Listeners) Of(r *Row) (at Listener, ok bool) {
	if r.State != diag.StateListen || r.Inode == 0 {
		return Listener{}, false
	}
	s := l.spaces[r.NetNS]
	if s == nil {
		return Listener{}, false
	}
	i, ok := s.inodes[r.Inode]
	if !ok {
		return Listener{}, false
	}
	return s.whole(i), true
}

// Through returns the listener of a TCP connection; ok is false if it has none.
func (l *Listeners) Through(r *Row) (at Listener, ok bool) {
	s := l.spaces[r.NetNS]
	if s == nil || r.State == diag.StateListen || r.Remote.Port() == 0 {
		return Listener{}, false
	}
	i := s.find(r.Socket)
	if i < 0 {
		return Listener{}, false
	}
	return s.whole(i), true
}

// whole returns a listener with its connections.
func (s *listenerSpace) whole(i int32) Listener {
	at := s.list[i]
	at.Through = &s.through[s.group[i]]
	return at
}

// All yields every listener, by namespace, in the order in which they were added. Each is overwritten by
// the next; its Through is a view that is valid until the next Add.
func (l *Listeners) All() iter.Seq[*Listener] {
	return func(yield func(*Listener) bool) {
		for _, netns := range slices.Sorted(maps.Keys(l.spaces)) {
			s := l.spaces[netns]
			for i := range s.list {
				at := s.whole(int32(i))
				if !yield(&at) {
					return
				}
			}
		}
	}
}
