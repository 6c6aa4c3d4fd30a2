//go:build linux

package route

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A Rule selects the table in which the route of a packet is looked up (RTM_NEWRULE). It is overwritten
// by the next iteration: use [Rule.Clone] to keep it.
type Rule struct {
	Family   uint8
	Action   Action
	TOS      uint8
	Flags    uint32 // FIB_RULE_*: 2 = inverted, ...
	Has      RuleFields
	Priority uint32 // rules are tried from 0 on
	Table    Table
	Protocol Protocol // its origin, since Linux 4.17

	Src, Dst  netip.Prefix // of packets; invalid if any
	Mark      uint32       // compared with the packet's mark & MarkMask
	MarkMask  uint32
	Goto      uint32 // priority to continue with, of ActionGoto
	Realm     uint32
	TunnelID  uint64
	UIDs      [2]uint32 // first and last of senders
	IPProto   uint8
	SrcPorts  [2]uint16 // first and last
	DstPorts  [2]uint16
	DSCP      uint8  // since Linux 6.12
	FlowLabel uint32 // since Linux 6.14
	FlowMask  uint32
	L3MDev    bool // use the table of the packet's VRF

	SuppressPrefixLen int32 // ignore routes with prefixes up to this length; -1 = none
	SuppressGroup     int32 // ignore routes over links of this group; -1 = none

	// Deleted marks the event of a removed rule (RTM_DELRULE).
	Deleted bool

	iif, oif []byte
	raw      []byte
}

// RuleFields are the attributes that the kernel sent: bit n is attribute FRA_n.
type RuleFields uint64

// Bits of Rule.Has.
const (
	RuleHasGoto      RuleFields = 1 << 4  // FRA_GOTO
	RuleHasPriority  RuleFields = 1 << 6  // FRA_PRIORITY
	RuleHasMark      RuleFields = 1 << 10 // FRA_FWMARK
	RuleHasRealm     RuleFields = 1 << 11 // FRA_FLOW
	RuleHasTunnelID  RuleFields = 1 << 12 // FRA_TUN_ID
	RuleHasMarkMask  RuleFields = 1 << 16 // FRA_FWMASK
	RuleHasUIDs      RuleFields = 1 << 20 // FRA_UID_RANGE
	RuleHasIPProto   RuleFields = 1 << 22 // FRA_IP_PROTO
	RuleHasSrcPorts  RuleFields = 1 << 23 // FRA_SPORT_RANGE
	RuleHasDstPorts  RuleFields = 1 << 24 // FRA_DPORT_RANGE
	RuleHasDSCP      RuleFields = 1 << 25 // FRA_DSCP
	RuleHasFlowLabel RuleFields = 1 << 26 // FRA_FLOWLABEL
)

// Attributes of a rule without a name in x/sys/unix, and others.
const (
	fraFlowLabelMask = 27 // FRA_FLOWLABEL_MASK
	fraFlowLabel     = 26 // FRA_FLOWLABEL
	fraDSCP          = 25 // FRA_DSCP
	ruleMsgLen       = 12 // struct fib_rule_hdr
)

// An Action is what a rule does (FR_ACT_*).
type Action uint8

// The actions.
const (
	ActionLookup      Action = 1 // FR_ACT_TO_TBL
	ActionGoto        Action = 2 // FR_ACT_GOTO
	ActionNop         Action = 3 // FR_ACT_NOP
	ActionBlackhole   Action = 6 // FR_ACT_BLACKHOLE
	ActionUnreachable Action = 7 // FR_ACT_UNREACHABLE
	ActionProhibit    Action = 8 // FR_ACT_PROHIBIT
)

var actionNames = [...]string{
	0: "none", ActionLookup: "lookup", ActionGoto: "goto", ActionNop: "nop", ActionBlackhole: "blackhole",
	ActionUnreachable: "unreachable", ActionProhibit: "prohibit",
}

// String returns the word of ip-rule(8): "lookup".
func (a Action) String() string { return enum.Name(actionNames[:], a, "action") }

// MarshalText returns what String does.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Inverted reports whether the rule matches packets that it does not describe ("not").
func (r *Rule) Inverted() bool { return r.Flags&2 != 0 } // FIB_RULE_INVERT

// InIface returns the name of the link that packets come in by, nil if any.
func (r *Rule) InIface() []byte { return r.iif }

// OutIface returns the name of the link that packets are sent through, nil if any.
func (r *Rule) OutIface() []byte { return r.oif }

// Clone returns a copy that shares nothing with r or the receive buffer.
func (r *Rule) Clone() *Rule {
	c := &Rule{}
	_, _ = c.decode(bytes.Clone(r.raw)) // it was decoded before
	c.Deleted = r.Deleted
	return c
}

// Rules lists the rules of a family in the order in which they are tried; family 0 means IPv4, then IPv6.
// The Rule is overwritten by the next iteration. Errors are those of [Conn.Routes].
func (c *Conn) Rules(ctx context.Context, family uint8) iter.Seq2[*Rule, error] {
	return func(yield func(*Rule, error) bool) {
		req := append([]byte{family}, make([]byte, ruleMsgLen-1)...)
		t := table[Rule]{
			conn: c, answer: unix.RTM_NEWRULE,
			req:     nl.Request{Op: "dump rules", Type: unix.RTM_GETRULE, Payload: req},
			decode:  (*Rule).decode,
			selects: func(r *Rule) bool { return r.Family == family || family == 0 && isIP(r.Family) },
			besides: []uint8{128, 129}, // RTNL_FAMILY_IPMR, RTNL_FAMILY_IP6MR
		}
		t.all(ctx, yield)
	}
}

// decode fills r from the payload of RTM_NEWRULE, which it keeps views of.
func (r *Rule) decode(b []byte) (malformed int, err error) {
	*r = Rule{raw: b, SuppressPrefixLen: -1, SuppressGroup: -1}
	if len(b) < ruleMsgLen {
		return 0, fmt.Errorf("rule message of %d bytes: %w", len(b), ErrMalformed)
	}
	r.Family, r.TOS, r.Table, r.Action = b[0], b[3], Table(b[4]), Action(b[7])
	r.Flags = binary.NativeEndian.Uint32(b[8:])
	var dst, src netip.Addr
	attrs := nl.Attrs(b[ruleMsgLen:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		var ok bool
		switch typ {
		case unix.FRA_DST:
			dst, ok = netip.AddrFromSlice(val)
		case unix.FRA_SRC:
			src, ok = netip.AddrFromSlice(val)
		default:
			ok = r.attr(typ, val)
		}
		switch {
		case !ok:
			malformed++
		case typ < 64:
			r.Has |= 1 << typ
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	if b[1] != 0 || dst.IsValid() {
		r.Dst = prefix(dst, int(b[1]), r.Family)
	}
	if b[2] != 0 || src.IsValid() {
		r.Src = prefix(src, int(b[2]), r.Family)
	}
	return malformed, nil
}

// word returns the field of an attribute with a 32-bit number, nil for all others.
func (r *Rule) word(typ uint16) *uint32 {
	switch typ {
	case unix.FRA_PRIORITY:
		return &r.Priority
	case unix.FRA_FWMARK:
		return &r.Mark
	case unix.FRA_FWMASK:
		return &r.MarkMask
	case unix.FRA_GOTO:
		return &r.Goto
	case unix.FRA_FLOW:
		return &r.Realm
	default:
		return nil
	}
}

// attr decodes one attribute. It returns false if it is malformed.
func (r *Rule) attr(typ uint16, val []byte) (ok bool) {
	if w := r.word(typ); w != nil {
		*w, ok = nl.Uint32(val)
		return ok
	}
	var v32 uint32
	var v8 uint8
	switch typ {
	case unix.FRA_TABLE:
		if v32, ok = nl.Uint32(val); ok {
			r.Table = Table(v32)
		}
	case unix.FRA_SUPPRESS_PREFIXLEN:
		v32, ok = nl.Uint32(val)
		r.SuppressPrefixLen = int32(v32)
	case unix.FRA_SUPPRESS_IFGROUP:
		v32, ok = nl.Uint32(val)
		r.SuppressGroup = int32(v32)
	case unix.FRA_IIFNAME:
		r.iif, ok = nl.CString(val), true
	case unix.FRA_OIFNAME:
		r.oif, ok = nl.CString(val), true
	case unix.FRA_L3MDEV:
		v8, ok = nl.Uint8(val)
		r.L3MDev = v8 != 0
	case unix.FRA_PROTOCOL:
		v8, ok = nl.Uint8(val)
		r.Protocol = Protocol(v8)
	case unix.FRA_IP_PROTO:
		r.IPProto, ok = nl.Uint8(val)
	case fraDSCP:
		r.DSCP, ok = nl.Uint8(val)
	default:
		return r.ranges(typ, val)
	}
	return ok
}

// ranges decodes the attributes with more than one number, or one in network byte order.
func (r *Rule) ranges(typ uint16, val []byte) (ok bool) {
	switch typ {
	case unix.FRA_UID_RANGE:
		if ok = len(val) == 8; ok {
			r.UIDs = [2]uint32{binary.NativeEndian.Uint32(val), binary.NativeEndian.Uint32(val[4:])}
		}
	case unix.FRA_SPORT_RANGE:
		r.SrcPorts, ok = portRange(val)
	case unix.FRA_DPORT_RANGE:
		r.DstPorts, ok = portRange(val)
	case unix.FRA_TUN_ID:
		if ok = len(val) == 8; ok {
			r.TunnelID = binary.BigEndian.Uint64(val)
		}
	case fraFlowLabel:
		if ok = len(val) == 4; ok {
			r.FlowLabel = binary.BigEndian.Uint32(val)
		}
	case fraFlowLabelMask:
		if ok = len(val) == 4; ok {
			r.FlowMask = binary.BigEndian.Uint32(val)
		}
	default:
		return true
	}
	return ok
}

// portRange decodes struct fib_rule_port_range.
func portRange(val []byte) (r [2]uint16, ok bool) {
	if len(val) != 4 {
		return r, false
	}
	return [2]uint16{binary.NativeEndian.Uint16(val), binary.NativeEndian.Uint16(val[2:])}, true
}

// isIP reports whether a family is one of those that family 0 means in queries; the kernel adds those of
// multicast routing.
func isIP(family uint8) bool { return family == unix.AF_INET || family == unix.AF_INET6 }
