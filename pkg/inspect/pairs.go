//go:build linux

package inspect

import (
	"encoding/binary"
	"hash/maphash"
	"runtime/debug"
)

// pairs are the inodes of sockets by [Pair]. There may be a million, nearly all of IPv4: these are in a
// table of 20 bytes an entry, at most four fifths full, without pointers.
type pairs struct {
	seed       maphash.Seed
	namespaces map[uint64]uint32 // numbers of network namespaces
	four       pairTable[[12]byte]
	six        pairTable[[40]byte]
}

// manyPairs is the size from which unused memory is returned first: the search for owners leaves holes that
// are too small for a large table.
const manyPairs = 1 << 17

// newPairs allocates room for n connections; more may be added.
func newPairs(n int) *pairs {
	if n >= manyPairs {
		debug.FreeOSMemory() // left by the search for owners
	}
	p := &pairs{seed: maphash.MakeSeed(), namespaces: map[uint64]uint32{}}
	p.four.slots, p.six.slots = room[[12]byte](n), room[[40]byte](0)
	return p
}

// set stores the inode of the socket of an end. A socket without an inode, because it is not accepted yet
// or closed, is stored, too: otherwise another one with the same addresses would be returned for it.
func (p *pairs) set(end *Pair, inode uint32) {
	if inode == 0 {
		inode = unclaimed
	}
	number, ok := p.namespaces[end.NetNS]
	if !ok {
		number = uint32(len(p.namespaces))
		p.namespaces[end.NetNS] = number
	}
	if k, ok := key4(end); ok {
		p.four.set(p.hash(k[:], end, number), k, placeOf(end, number), inode)
		return
	}
	k := key6(end)
	p.six.set(p.hash(k[:], end, number), k, placeOf(end, number), inode)
}

// get returns the inode of the socket of an end: in its namespace, else in another one if across is set and
// exactly one has such a socket; otherwise 0. Loopback and link-local addresses are local to a namespace.
func (p *pairs) get(end *Pair, across bool) uint32 { return known(p.raw(end, across)) }

// several reports whether more than one socket may be the end.
func (p *pairs) several(end *Pair) bool { return p.raw(end, true) == ambiguous }

func (p *pairs) raw(end *Pair, across bool) uint32 {
	number, ok := p.namespaces[end.NetNS]
	if !ok {
		number = uint32(len(p.namespaces)) // a new namespace
	}
	across = across && end.Iface == 0 && !end.Remote.Addr().IsLoopback() && !end.Local.Addr().IsLoopback()
	if k, ok := key4(end); ok {
		return p.four.get(p.hash(k[:], end, number), k, placeOf(end, number), across)
	}
	k := key6(end)
	return p.six.get(p.hash(k[:], end, number), k, placeOf(end, number), across)
}

// hash leaves the namespace out, so that equal ends of several namespaces are adjacent, except for loopback
// addresses: a thousand namespaces may use the same loopback ports.
func (p *pairs) hash(key []byte, end *Pair, space uint32) uint64 {
	h := maphash.Bytes(p.seed, key)
	if end.Local.Addr().IsLoopback() {
		h ^= uint64(space+1) * 0x9e3779b97f4a7c15
	}
	return h
}

// A pairPlace is the number of a namespace and, in the lowest byte, the protocol.
type pairPlace uint32

func placeOf(end *Pair, space uint32) pairPlace {
	return pairPlace(space<<8 | uint32(min(end.Protocol, 255))) // MPTCP is beyond; 255 has no connections
}

func (p pairPlace) protocol() uint8 { return uint8(p) }

func key4(end *Pair) (k [12]byte, ok bool) {
	a, b := end.Local.Addr(), end.Remote.Addr()
	if !a.Is4() || !b.Is4() {
		return k, false
	}
	a4, b4 := a.As4(), b.As4()
	copy(k[:], a4[:])
	copy(k[4:], b4[:])
	putPorts(k[8:], end)
	return k, true
}

func key6(end *Pair) (k [40]byte) {
	a, b := end.Local.Addr().As16(), end.Remote.Addr().As16()
	copy(k[:], a[:])
	copy(k[16:], b[:])
	putPorts(k[32:], end)
	binary.NativeEndian.PutUint32(k[36:], end.Iface)
	return k
}

func putPorts(k []byte, end *Pair) {
	binary.NativeEndian.PutUint16(k, end.Local.Port())
	binary.NativeEndian.PutUint16(k[2:], end.Remote.Port())
}

// A pairTable is an open hash table. Entries that differ only in their place have the same hash.
type pairTable[K comparable] struct {
	slots []pairSlot[K]
	used  int
}

// A pairSlot is empty if the inode is 0.
type pairSlot[K comparable] struct {
	key   K
	place pairPlace
	inode uint32
	hash  uint32 // of the key, to move it
}

// Values instead of an inode: several sockets have the same end, as connected UDP sockets may, or the
// socket has no inode.
const (
	ambiguous = ^uint32(0)
	unclaimed = ambiguous - 1
)

func room[K comparable](n int) []pairSlot[K] { return make([]pairSlot[K], n+n/4+16) }

func (t *pairTable[K]) start(hash uint32) int { return int(uint64(hash) * uint64(len(t.slots)) >> 32) }

func (t *pairTable[K]) set(hash uint64, k K, place pairPlace, inode uint32) {
	if t.used >= len(t.slots)/5*4 {
		t.grow()
	}
	t.put(pairSlot[K]{k, place, inode, uint32(hash >> 32)})
}

func (t *pairTable[K]) put(s pairSlot[K]) {
	for i := t.start(s.hash); ; i++ {
		if i == len(t.slots) {
			i = 0
		}
		switch at := &t.slots[i]; {
		case at.inode == 0:
			*at = s
			t.used++
			return
		case at.key == s.key && at.place == s.place:
			if at.inode != s.inode {
				at.inode = ambiguous
			}
			return
		}
	}
}

func (t *pairTable[K]) get(hash uint64, k K, place pairPlace, across bool) uint32 {
	other := uint32(0)
	for i := t.start(uint32(hash >> 32)); ; i++ {
		if i == len(t.slots) {
			i = 0
		}
		switch at := &t.slots[i]; {
		case at.inode == 0:
			return other
		case at.key != k || at.place.protocol() != place.protocol():
		case at.place == place:
			return at.inode
		case !across:
		case other != 0:
			other = ambiguous
		default:
			other = at.inode
		}
	}
}

func known(inode uint32) uint32 {
	if inode >= unclaimed {
		return 0
	}
	return inode
}

func (t *pairTable[K]) grow() {
	old := t.slots
	t.slots, t.used = make([]pairSlot[K], len(old)+len(old)/2), 0
	for i := range old {
		if old[i].inode != 0 {
			t.put(old[i])
		}
	}
}
