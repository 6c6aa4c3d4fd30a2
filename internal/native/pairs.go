package native

import (
	"encoding/binary"
	"net/netip"
)

// pairs are the inodes of connections by both ends. An entry of IPv4 takes 16 bytes and has no pointer, a
// quarter of what two netip.AddrPort would take: there may be hundreds of thousands.
type pairs struct {
	four map[[12]byte]uint32
	six  map[[36]byte]uint32
}

func newPairs() *pairs {
	return &pairs{four: map[[12]byte]uint32{}, six: map[[36]byte]uint32{}}
}

// set remembers the inode of the connection with these ends. IPv4 is the same when mapped to IPv6.
func (p *pairs) set(local, remote netip.AddrPort, inode uint32) {
	if k, ok := key4(local, remote); ok {
		p.four[k] = inode
		return
	}
	p.six[key6(local, remote)] = inode
}

// get returns it, 0 if there is none.
func (p *pairs) get(local, remote netip.AddrPort) uint32 {
	if k, ok := key4(local, remote); ok {
		return p.four[k]
	}
	return p.six[key6(local, remote)]
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
