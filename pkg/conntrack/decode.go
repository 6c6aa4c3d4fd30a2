//go:build linux

package conntrack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Attributes of a flow (enum ctattr_type, include/uapi/linux/netfilter/nfnetlink_conntrack.h).
const (
	ctaTupleOrig     = 1  // CTA_TUPLE_ORIG
	ctaTupleReply    = 2  // CTA_TUPLE_REPLY
	ctaStatus        = 3  // CTA_STATUS
	ctaProtoInfo     = 4  // CTA_PROTOINFO
	ctaHelp          = 5  // CTA_HELP
	ctaTimeout       = 7  // CTA_TIMEOUT
	ctaMark          = 8  // CTA_MARK
	ctaCountersOrig  = 9  // CTA_COUNTERS_ORIG
	ctaCountersReply = 10 // CTA_COUNTERS_REPLY
	ctaUse           = 11 // CTA_USE
	ctaID            = 12 // CTA_ID
	ctaTupleMaster   = 14 // CTA_TUPLE_MASTER
	ctaSeqAdjOrig    = 15 // CTA_SEQ_ADJ_ORIG
	ctaSeqAdjReply   = 16 // CTA_SEQ_ADJ_REPLY
	ctaZone          = 18 // CTA_ZONE
	ctaSecCtx        = 19 // CTA_SECCTX
	ctaTimestamp     = 20 // CTA_TIMESTAMP
	ctaMarkMask      = 21 // CTA_MARK_MASK
	ctaLabels        = 22 // CTA_LABELS
	ctaFilter        = 25 // CTA_FILTER
	ctaStatusMask    = 26 // CTA_STATUS_MASK
)

// nfgenLen is the size of struct nfgenmsg.
const nfgenLen = 4

// decode fills f from the payload of IPCTNL_MSG_CT_NEW, which it keeps views of. It returns the number of
// malformed attributes.
func (f *Flow) decode(b []byte) (malformed int, err error) {
	*f = Flow{raw: b}
	if len(b) < nfgenLen {
		return 0, fmt.Errorf("flow message of %d bytes: %w", len(b), ErrMalformed)
	}
	f.Family = b[0]
	attrs := nl.Attrs(b[nfgenLen:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		if !f.attr(typ, val) {
			malformed++
		} else if typ < 32 {
			f.Has |= 1 << typ
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}

// attr decodes one attribute. It returns false if it is malformed.
func (f *Flow) attr(typ uint16, val []byte) (ok bool) {
	switch typ {
	case ctaTupleOrig:
		return f.Orig.decode(val)
	case ctaTupleReply:
		return f.Reply.decode(val)
	case ctaTupleMaster:
		return f.Master.decode(val)
	case ctaStatus:
		var v uint32
		v, ok = be32(val)
		f.Status = Status(v)
	case ctaProtoInfo:
		return f.protoInfo(val)
	case ctaTimeout:
		var v uint32
		v, ok = be32(val)
		f.Timeout = time.Duration(v) * time.Second
	case ctaMark:
		f.Mark, ok = be32(val)
	case ctaUse:
		f.Use, ok = be32(val)
	case ctaID:
		f.ID, ok = be32(val)
	case ctaZone:
		f.Zone, ok = be16(val)
	case ctaCountersOrig:
		return counters(val, &f.OrigPackets, &f.OrigBytes)
	case ctaCountersReply:
		return counters(val, &f.ReplyPackets, &f.ReplyBytes)
	default:
		return f.rare(typ, val)
	}
	return ok
}

// rare decodes the attributes that most flows do not have.
func (f *Flow) rare(typ uint16, val []byte) bool {
	switch typ {
	case ctaHelp:
		return first(val, &f.helper)
	case ctaSecCtx:
		return first(val, &f.context)
	case ctaLabels:
		f.labels = val
	case ctaSeqAdjOrig:
		return f.OrigAdjust.decode(val)
	case ctaSeqAdjReply:
		return f.ReplyAdjust.decode(val)
	case ctaTimestamp:
		return f.times(val)
	}
	return true
}

// first decodes the text of attribute 1: CTA_HELP_NAME, CTA_SECCTX_NAME.
func first(val []byte, to *[]byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		if typ == 1 {
			*to = nl.CString(val)
		}
	}
}

// protoInfo decodes the state, the first attribute of each protocol (CTA_PROTOINFO_TCP_STATE).
func (f *Flow) protoInfo(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		_, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		inner := nl.Attrs(val)
		for {
			typ, val, ok := inner.Next()
			if !ok {
				break
			}
			if typ != 1 {
				continue
			}
			v, ok := nl.Uint8(val)
			if !ok {
				return false
			}
			f.State = State(v)
		}
	}
}

// counters decodes CTA_COUNTERS_PACKETS and CTA_COUNTERS_BYTES.
func counters(val []byte, packets, octets *uint64) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case 1:
			*packets, ok = be64(val)
		case 2:
			*octets, ok = be64(val)
		}
		if !ok {
			return false
		}
	}
}

// times decodes CTA_TIMESTAMP_START and CTA_TIMESTAMP_STOP, in nanoseconds since 1970.
func (f *Flow) times(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		v, ok := be64(val)
		if !ok {
			continue // padding
		}
		switch typ {
		case 1:
			f.Start = time.Unix(0, int64(v))
		case 2:
			f.Stop = time.Unix(0, int64(v))
		}
	}
}

// decode decodes CTA_SEQADJ_CORRECTION_POS, OFFSET_BEFORE and OFFSET_AFTER.
func (a *Adjust) decode(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case 1:
			a.Position, ok = be32(val)
		case 2:
			a.Before, ok = be32(val)
		case 3:
			a.After, ok = be32(val)
		}
		if !ok {
			return false
		}
	}
}

// decode decodes CTA_TUPLE_IP, CTA_TUPLE_PROTO and CTA_TUPLE_ZONE.
func (t *Tuple) decode(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case 1:
			ok = t.ip(val)
		case 2:
			ok = t.proto(val)
		case 3:
			t.Zone, ok = be16(val)
		}
		if !ok {
			return false
		}
	}
}

// ip decodes CTA_IP_V4_SRC, V4_DST, V6_SRC and V6_DST.
func (t *Tuple) ip(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case 1, 3:
			t.Src, ok = netip.AddrFromSlice(val)
		case 2, 4:
			t.Dst, ok = netip.AddrFromSlice(val)
		}
		if !ok {
			return false
		}
	}
}

// proto decodes CTA_PROTO_*: ports, or id, type and code of ICMP.
func (t *Tuple) proto(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case 1: // CTA_PROTO_NUM
			t.Proto, ok = nl.Uint8(val)
		case 2: // CTA_PROTO_SRC_PORT
			t.SrcPort, ok = be16(val)
		case 3: // CTA_PROTO_DST_PORT
			t.DstPort, ok = be16(val)
		case 4, 7: // CTA_PROTO_ICMP_ID, ICMPV6_ID
			t.ICMPID, ok = be16(val)
		case 5, 8: // CTA_PROTO_ICMP_TYPE, ICMPV6_TYPE
			t.ICMPType, ok = nl.Uint8(val)
		case 6, 9: // CTA_PROTO_ICMP_CODE, ICMPV6_CODE
			t.ICMPCode, ok = nl.Uint8(val)
		}
		if !ok {
			return false
		}
	}
}

// Numbers in network byte order, as are all of nfnetlink.

func be16(val []byte) (uint16, bool) {
	if len(val) != 2 {
		return 0, false
	}
	return binary.BigEndian.Uint16(val), true
}

func be32(val []byte) (uint32, bool) {
	if len(val) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(val), true
}

func be64(val []byte) (uint64, bool) {
	if len(val) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(val), true
}
