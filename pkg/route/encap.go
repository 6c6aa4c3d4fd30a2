//go:build linux

package route

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// An Encap is the encapsulation of a hop's packets: a label stack, a tunnel header, a segment list.
type Encap struct {
	Type EncapType
	Raw  []byte // the value of RTA_ENCAP, a view into the route
}

// EncapType is a kind of light-weight tunnel (LWTUNNEL_ENCAP_*).
type EncapType uint16

// The types.
const (
	EncapNone EncapType = iota
	EncapMPLS
	EncapIP
	EncapILA
	EncapIP6
	EncapSeg6
	EncapBPF
	EncapSeg6Local
	EncapRPL
	EncapIOAM6
	EncapXFRM
)

var encapNames = [...]string{
	EncapNone: "none", EncapMPLS: "mpls", EncapIP: "ip", EncapILA: "ila", EncapIP6: "ip6", EncapSeg6: "seg6",
	EncapBPF: "bpf", EncapSeg6Local: "seg6local", EncapRPL: "rpl", EncapIOAM6: "ioam6", EncapXFRM: "xfrm",
}

// String returns the word of ip-route(8): "mpls".
func (t EncapType) String() string { return enum.Name(encapNames[:], t, "encap") }

// MarshalText returns what String does.
func (t EncapType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Encap returns the encapsulation of the hop; ok is false if it has none.
func (h *Hop) Encap() (e Encap, ok bool) {
	return Encap{EncapType(h.encapType), h.encap}, h.encapType != 0
}

// AppendTo appends the encapsulation in the format of ip-route(8); rare types have only the type and the
// rest in hexadecimal digits.
func (e *Encap) AppendTo(dst []byte) []byte {
	dst = append(dst, e.Type.String()...)
	switch e.Type {
	case EncapMPLS:
		return e.walk(dst, func(dst []byte, typ uint16, val []byte) []byte {
			if typ != 1 { // MPLS_IPTUNNEL_DST
				return appendNumber(dst, " ttl ", val)
			}
			return appendLabels(append(dst, ' '), val)
		})
	case EncapIP, EncapIP6:
		return e.walk(dst, appendTunnel)
	case EncapSeg6:
		return e.walk(dst, func(dst []byte, typ uint16, val []byte) []byte {
			if typ != 1 { // SEG6_IPTUNNEL_SRH
				return dst
			}
			return appendSegments(dst, val)
		})
	case EncapSeg6Local:
		return e.walk(dst, appendSeg6Local)
	default:
		if len(e.Raw) > 0 {
			dst = hex.AppendEncode(append(dst, ' '), e.Raw)
		}
		return dst
	}
}

func (e *Encap) walk(dst []byte, each func(dst []byte, typ uint16, val []byte) []byte) []byte {
	attrs := nl.Attrs(e.Raw)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return dst
		}
		dst = each(dst, typ, val)
	}
}

// appendLabels appends a stack of MPLS labels, 20 bits each: "100/200".
func appendLabels(dst, val []byte) []byte {
	for i := 0; i+4 <= len(val); i += 4 {
		if i > 0 {
			dst = append(dst, '/')
		}
		dst = strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(val[i:])>>12), 10)
	}
	return dst
}

// tunnelWords are the attributes of LWTUNNEL_IP_* and LWTUNNEL_IP6_*, which differ only in their names.
var tunnelWords = [...]string{1: " id ", 2: " dst ", 3: " src ", 4: " ttl ", 5: " tos "}

func appendTunnel(dst []byte, typ uint16, val []byte) []byte {
	if int(typ) >= len(tunnelWords) || typ == 0 {
		return dst
	}
	if typ == 2 || typ == 3 {
		if a, ok := netip.AddrFromSlice(val); ok {
			dst = a.AppendTo(append(dst, tunnelWords[typ]...))
		}
		return dst
	}
	return appendNumber(dst, tunnelWords[typ], val)
}

// appendNumber appends a number of one byte, or of eight in network byte order, unless it is zero.
func appendNumber(dst []byte, word string, val []byte) []byte {
	var v uint64
	switch len(val) {
	case 1:
		v = uint64(val[0])
	case 8:
		v = binary.BigEndian.Uint64(val)
	}
	if v == 0 {
		return dst
	}
	return strconv.AppendUint(append(dst, word...), v, 10)
}

var seg6Modes = []string{"inline", "encap", "l2encap", "encap.red", "l2encap.red"}

// srhLen is the size of struct ipv6_sr_hdr without segments.
const srhLen = 8

// appendSegments appends struct seg6_iptunnel_encap: a mode and a segment routing header, whose list runs
// from the last segment to the first.
func appendSegments(dst, val []byte) []byte {
	if len(val) < 4+srhLen {
		return dst
	}
	dst = append(dst, " mode "...)
	dst = append(dst, enum.Name(seg6Modes, binary.NativeEndian.Uint32(val)&0xff, "mode")...)
	n := int(val[4+4]) + 1 // first_segment: the index of the last entry
	dst = strconv.AppendInt(append(dst, " segs "...), int64(n), 10)
	dst = append(dst, " [ "...)
	for i := n - 1; i >= 0; i-- {
		at := 4 + srhLen + 16*i
		if at+16 > len(val) {
			continue
		}
		a, _ := netip.AddrFromSlice(val[at : at+16])
		dst = append(a.AppendTo(dst), ' ')
	}
	return append(dst, ']')
}

var seg6Actions = []string{
	"unspec", "End", "End.X", "End.T", "End.DX2", "End.DX6", "End.DX4", "End.DT6", "End.DT4", "End.B6",
	"End.B6.Encaps", "End.BM", "End.S", "End.AS", "End.AM", "End.BPF", "End.DT46",
}

func appendSeg6Local(dst []byte, typ uint16, val []byte) []byte {
	v, ok := nl.Uint32(val)
	switch {
	case typ == 1 && ok: // SEG6_LOCAL_ACTION
		return append(append(dst, " action "...), enum.Name(seg6Actions, v, "action")...)
	case typ == 3 && ok: // SEG6_LOCAL_TABLE
		return strconv.AppendUint(append(dst, " table "...), uint64(v), 10)
	case typ == 4 || typ == 5: // SEG6_LOCAL_NH4, NH6
		if a, ok := netip.AddrFromSlice(val); ok {
			dst = a.AppendTo(append(dst, " nh "...))
		}
	}
	return dst
}
