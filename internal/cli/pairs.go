package cli

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"runtime/debug"
)

// pairs are the inodes of connections by both ends. There may be a million, nearly all of them of IPv4: these
// are in a table of 16 bytes an entry, four fifths full, without a pointer that the collector would follow.
type pairs struct {
	seed  maphash.Seed
	slots []slot
	used  int
	six   map[[36]byte]uint32
}

// A slot is empty if the inode is 0, which no connection with an owner has.
type slot struct {
	key   [12]byte
	inode uint32
}

// manyPairs is where it pays to give back first what is not used any more: the search for owners leaves small
// holes, and a table of many pages goes into none of them.
const manyPairs = 1 << 17

// newPairs makes room for n connections; more may come.
func newPairs(n int) *pairs {
	if n >= manyPairs {
		debug.FreeOSMemory() // what the search for owners has left over
	}
	return &pairs{seed: maphash.MakeSeed(), slots: make([]slot, n+n/4+16), six: map[[36]byte]uint32{}}
}

// set remembers the inode of the connection with these ends. IPv4 is the same when mapped to IPv6.
func (p *pairs) set(local, remote netip.AddrPort, inode uint32) {
	k, ok := key4(local, remote)
	switch {
	case inode == 0:
	case !ok:
		p.six[key6(local, remote)] = inode
	default:
		if p.used >= len(p.slots)/5*4 {
			p.grow()
		}
		s := p.find(k)
		if s.inode == 0 {
			p.used++
		}
		*s = slot{k, inode}
	}
}

// get returns it, 0 if there is none.
func (p *pairs) get(local, remote netip.AddrPort) uint32 {
	if k, ok := key4(local, remote); ok {
		return p.find(k).inode
	}
	return p.six[key6(local, remote)]
}

// find returns the slot of the key, or the empty one where it would be.
func (p *pairs) find(k [12]byte) *slot {
	// The upper half of a hash, scaled to the table: its size need not be a power of two.
	i := int(maphash.Bytes(p.seed, k[:]) >> 32 * uint64(len(p.slots)) >> 32)
	for p.slots[i].inode != 0 && p.slots[i].key != k {
		if i++; i == len(p.slots) {
			i = 0
		}
	}
	return &p.slots[i]
}

func (p *pairs) grow() {
	old := p.slots
	p.slots = make([]slot, len(old)+len(old)/2)
	for i := range old {
		if old[i].inode != 0 {
			*p.find(old[i].key) = old[i]
		}
	}
}

func key4(local, remote netip.AddrPort) (k [12]byte, ok bool) {
	l, r := local.Addr().Unmap(), remote.Addr().Unmap()
	if !l.Is4() || !r.Is4() {
		return k, false
	}
	a, b := l.As4(), r.As4()
	copy(k[:], a[:])
	copy(k[4:], b[:])
	binary.BigEndian.PutUint16(k[8:], local.Port())
	binary.BigEndian.PutUint16(k[10:], remote.Port())
	return k, true
}

func key6(local, remote netip.AddrPort) (k [36]byte) {
	a, b := local.Addr().As16(), remote.Addr().As16()
	copy(k[:], a[:])
	copy(k[16:], b[:])
	binary.BigEndian.PutUint16(k[32:], local.Port())
	binary.BigEndian.PutUint16(k[34:], remote.Port())
	return k
}
