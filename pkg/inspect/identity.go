package inspect

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"

	"github.com/nlstat/nlstat/pkg/diag"
)

// An Identity identifies a socket across samples, network namespaces, recordings and hosts. It is
// comparable. Two sockets with the same cookie in one namespace of one boot are the same; without a cookie,
// which old kernels do not give to every kind, sockets with the same addresses, inode and count are.
type Identity struct {
	Boot     [16]byte // boot id of the host, zero if there is only one boot
	NetNS    uint64   // inode of the network namespace
	Family   uint8
	Protocol uint16
	Cookie   uint64
	// The rest is zero if there is a cookie.
	Local, Remote netip.AddrPort
	Inode         uint32
	Count         uint32 // among otherwise identical ones, in the kernel's order
}

// IdentityOf returns the identity of a socket. The caller sets Boot and Count if it needs them.
func IdentityOf(netns uint64, s *diag.Socket) Identity {
	id := Identity{NetNS: netns, Family: s.Family, Protocol: s.Protocol, Cookie: s.Cookie}
	if s.Cookie == 0 {
		id.Local, id.Remote, id.Inode = s.Local, s.Remote, s.Inode
	}
	return id
}

// A Fingerprint is a hash of an Identity, for large maps. It has 128 bits, so that a collision among a
// million sockets is unlikely, and is keyed, so that none can be forced.
type Fingerprint [2]uint64

// A Hasher makes fingerprints. Those of different Hashers do not compare.
type Hasher struct{ a, b maphash.Seed }

// NewHasher returns a Hasher with a random seed.
func NewHasher() *Hasher { return &Hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

// Of returns the fingerprint of the identity of a socket in a namespace.
func (h *Hasher) Of(netns uint64, s *diag.Socket) Fingerprint {
	var buf [identityLen]byte
	id := IdentityOf(netns, s)
	return h.sum(id.pack(&buf))
}

// Identity returns the fingerprint of an identity.
func (h *Hasher) Identity(id *Identity) Fingerprint {
	var buf [identityLen]byte
	return h.sum(id.pack(&buf))
}

func (h *Hasher) sum(b []byte) Fingerprint {
	return Fingerprint{maphash.Bytes(h.a, b), maphash.Bytes(h.b, b)}
}

const (
	identityHead = 16 + 8 + 1 + 2 + 8
	identityLen  = identityHead + 2*(16+2+1) + 4 + 4
)

// pack writes the identity into buf: only its head if there is a cookie.
func (id *Identity) pack(buf *[identityLen]byte) []byte {
	e := binary.NativeEndian
	copy(buf[:16], id.Boot[:])
	e.PutUint64(buf[16:], id.NetNS)
	buf[24] = id.Family
	e.PutUint16(buf[25:], id.Protocol)
	e.PutUint64(buf[27:], id.Cookie)
	if id.Cookie != 0 && id.Count == 0 {
		return buf[:identityHead]
	}
	b := buf[:identityHead]
	for _, ap := range [...]netip.AddrPort{id.Local, id.Remote} {
		a := ap.Addr().As16()
		b = append(b, a[:]...)
		b = e.AppendUint16(b, ap.Port())
		b = append(b, uint8(ap.Addr().BitLen()>>4))
	}
	return e.AppendUint32(e.AppendUint32(b, id.Inode), id.Count)
}
