//go:build linux

package redact

import (
	"crypto/sha3"
	"encoding/binary"
	"net/netip"
)

// Addr returns the replacement of an address: another one of its /24 or /64 network; the mapping is one to
// one. Loopback, unspecified, multicast and reserved addresses do not identify a host and remain. The
// replacement of an IPv4-mapped address is that of its IPv4 address, mapped.
func (r *Redactor) Addr(a netip.Addr) netip.Addr {
	switch {
	case a.Is4():
		b := a.As4()
		r.addr4(b[:])
		return netip.AddrFrom4(b)
	case a.Is6():
		b := a.As16()
		r.addr6(b[:])
		return netip.AddrFrom16(b).WithZone(a.Zone())
	}
	return a
}

// addr4 replaces the host part of an IPv4 address in place.
func (r *Redactor) addr4(b []byte) {
	if b[0] == 0 || b[0] == 127 || b[0] >= 224 {
		return
	}
	b[3] = uint8(r.permute(b[:3], uint64(b[3]), 4))
}

// addr6 replaces the host part of an IPv6 address in place, and an IPv4 address within it.
func (r *Redactor) addr6(b []byte) {
	a := netip.AddrFrom16([16]byte(b))
	switch {
	case a.IsUnspecified() || a.IsLoopback() || a.IsMulticast():
		return
	case a.Is4In6():
		r.addr4(b[12:])
		return
	case b[0] == 0x20 && b[1] == 0x02: // 6to4
		r.addr4(b[2:6])
	}
	binary.BigEndian.PutUint64(b[8:], r.permute(b[:8], binary.BigEndian.Uint64(b[8:]), 32))
}

// permute maps a number of 2*half bits to another, one to one, depending on key and network: a Feistel
// network of four rounds, whose functions are SHA-3 of the key and a number.
func (r *Redactor) permute(network []byte, host uint64, half uint) uint64 {
	var text [len(r.key) + 16]byte
	copy(text[:], r.key[:])
	in := text[len(r.key):]
	in[1] = byte(len(network))
	copy(in[2:10], network)
	mask := uint64(1)<<half - 1
	left, right := host>>half, host&mask
	for round := range byte(4) {
		in[0] = round
		binary.BigEndian.PutUint32(in[12:], uint32(right))
		out := sha3.Sum256(text[:])
		left, right = right, left^binary.BigEndian.Uint64(out[:])&mask
	}
	return left<<half | right
}
