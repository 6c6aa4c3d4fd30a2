//go:build linux

package route

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Packet describes a packet for [Conn.Lookup]. Only Dst is needed.
type Packet struct {
	Dst, Src netip.Addr
	InIface  uint32 // link of arrival; 0 = sent by this host
	OutIface uint32 // bound to this link, or to a VRF; 0 = any
	Mark     uint32
	TOS      uint8
	UID      uint32 // the sender, if HasUID; else the caller
	HasUID   bool
	IPProto  uint8 // IPPROTO_TCP and the like, with ports, for rules that match them
	SrcPort  uint16
	DstPort  uint16
	// Entry requests the entry of the routing table that was found, instead of the resulting route
	// (RTM_F_FIB_MATCH). Since Linux 4.13.
	Entry bool
}

// Lookup returns the route that a packet would take, by all rules and tables; Table is the table in which
// it was found. Without a route the error wraps ENETUNREACH, and for a route of type unreachable, prohibit
// or blackhole EHOSTUNREACH, EACCES or EINVAL. The caller owns the Route.
func (c *Conn) Lookup(ctx context.Context, p *Packet) (*Route, error) {
	op := fmt.Sprintf("look up route to %v", p.Dst)
	if !p.Dst.IsValid() || p.Src.IsValid() && p.Src.Is4() != p.Dst.Is4() {
		return nil, fmt.Errorf("%s from %v: %w", op, p.Src, unix.EINVAL)
	}
	r := nl.Request{Op: op, Type: unix.RTM_GETROUTE, Payload: p.append(nil)}
	var found *Route
	for m, err := range c.nl.Get(ctx, &r) {
		if err != nil {
			return nil, err
		}
		found = &Route{}
		bad, err := found.decode(bytes.Clone(m.Payload))
		c.malformed.Add(uint64(bad))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op, err)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: no answer: %w", op, ErrMalformed)
	}
	c.rows.Add(1)
	return found, nil
}

const (
	flagLookupTable = 0x1000 // RTM_F_LOOKUP_TABLE, since Linux 4.4
	flagFIBMatch    = 0x2000 // RTM_F_FIB_MATCH
)

func (p *Packet) append(dst []byte) []byte {
	var h [unix.SizeofRtMsg]byte
	h[0], h[3] = unix.AF_INET, p.TOS
	flags := uint32(flagLookupTable)
	if p.Dst.Is6() {
		h[0], flags = unix.AF_INET6, 0 // which always reports the table
	}
	if p.Entry {
		flags |= flagFIBMatch
	}
	binary.NativeEndian.PutUint32(h[8:], flags)
	h[1] = uint8(p.Dst.BitLen())
	h[2] = uint8(p.Src.BitLen())
	dst = append(dst, h[:]...)
	dst = appendAddr(dst, unix.RTA_DST, p.Dst)
	dst = appendAddr(dst, unix.RTA_SRC, p.Src)
	for _, a := range [...]struct {
		typ uint16
		v   uint32
		has bool
	}{
		{unix.RTA_IIF, p.InIface, p.InIface != 0},
		{unix.RTA_OIF, p.OutIface, p.OutIface != 0},
		{unix.RTA_MARK, p.Mark, p.Mark != 0},
		{unix.RTA_UID, p.UID, p.HasUID},
	} {
		if a.has {
			dst = nl.AppendAttrUint32(dst, a.typ, a.v)
		}
	}
	if p.IPProto != 0 {
		dst = nl.AppendAttr(dst, unix.RTA_IP_PROTO, []byte{p.IPProto})
		dst = appendPort(dst, unix.RTA_SPORT, p.SrcPort)
		dst = appendPort(dst, unix.RTA_DPORT, p.DstPort)
	}
	return dst
}

func appendAddr(dst []byte, typ uint16, a netip.Addr) []byte {
	if !a.IsValid() {
		return dst
	}
	return nl.AppendAttr(dst, typ, a.AsSlice())
}

func appendPort(dst []byte, typ, port uint16) []byte {
	if port == 0 {
		return dst
	}
	return nl.AppendAttr(dst, typ, []byte{byte(port >> 8), byte(port)})
}
