//go:build linux

package conntrack

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A NAT selects flows by translation.
type NAT uint8

// The choices.
const (
	NATOrNot NAT = iota // translated or not
	NATAny              // translated in any way: two dumps, since the kernel's filter has no "or"
	NATSrc
	NATDst
)

var natNames = [...]string{"all", "any", "src", "dst"}

// String returns "all", "any", "src" or "dst".
func (n NAT) String() string { return enum.Name(natNames[:], n, "nat") }

// MarshalText returns what String does.
func (n NAT) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// A Query selects flows. The zero value selects all of them.
type Query struct {
	Family uint8 // AF_INET or AF_INET6; 0 = both
	NAT    NAT
	// Status and StatusMask select flows with status & mask == Status. The kernel filters by it since Linux
	// 5.15.
	Status, StatusMask Status
	// Mark and MarkMask select flows with mark & mask == Mark.
	Mark, MarkMask uint32
	Zone           uint16 // of this zone only, if HasZone; filtered by the kernel since Linux 6.8
	HasZone        bool
	// The following are of the flow's first packet. The kernel filters by them since Linux 5.8, if family and
	// protocol are given.
	Proto            uint8 // IPPROTO_*; 0 = all
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16
}

const (
	msgNew    = unix.NFNL_SUBSYS_CTNETLINK << 8   // IPCTNL_MSG_CT_NEW
	msgGet    = unix.NFNL_SUBSYS_CTNETLINK<<8 + 1 // IPCTNL_MSG_CT_GET
	msgDelete = unix.NFNL_SUBSYS_CTNETLINK<<8 + 2 // IPCTNL_MSG_CT_DELETE
)

// Flows lists the flows that q selects, in no order. The Flow is overwritten by the next iteration. At most
// one error is yielded, last: the list is then incomplete. When ctx ends, the error is its cause.
//
// A nil q is the zero Query. The loop may be left early; the next request then opens a new netlink socket.
func (c *Conn) Flows(ctx context.Context, q *Query) iter.Seq2[*Flow, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Flow, error) bool) {
		if err := nl.CheckFamily("dump flows", q.Family, unix.AF_INET, unix.AF_INET6); err != nil {
			yield(nil, err)
			return
		}
		for _, part := range q.dumps() {
			if !c.dump(ctx, q, &part, yield) {
				return
			}
		}
	}
}

// dumps returns the requests to the kernel: flows whose source is translated, then those of which only the
// destination is. With a filter by status of the caller, translations are not filtered by the kernel.
func (q *Query) dumps() []Query {
	all := *q
	if q.StatusMask != 0 {
		return []Query{all}
	}
	with := func(status, mask Status) Query {
		part := all
		part.Status, part.StatusMask = status, mask
		return part
	}
	switch q.NAT {
	case NATAny:
		return []Query{with(StatusSrcNAT, StatusSrcNAT), with(StatusDstNAT, StatusSrcNAT|StatusDstNAT)}
	case NATSrc:
		return []Query{with(StatusSrcNAT, StatusSrcNAT)}
	case NATDst:
		return []Query{with(StatusDstNAT, StatusDstNAT)}
	default:
		return []Query{all}
	}
}

// dump yields the flows that both q and part, one of its dumps, select. It reports whether to go on. If
// this kernel refuses the filter, the dump is repeated without.
func (c *Conn) dump(ctx context.Context, q, part *Query, yield func(*Flow, error) bool) bool {
	req := part.append(nil)
	more, err := c.list(ctx, q, part, req, yield)
	if refused(err) && len(req) > nfgenLen {
		more, err = c.list(ctx, q, part, (&Query{Family: q.Family}).append(nil), yield)
	}
	if more && err != nil {
		yield(nil, explain(err))
		return false
	}
	return more
}

func refused(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP)
}

func (c *Conn) list(ctx context.Context, q, part *Query, req []byte, yield func(*Flow, error) bool) (
	more bool, err error,
) {
	var f Flow // overwritten by each iteration
	r := nl.Request{Op: "dump flows", Type: msgGet, Payload: req, Answers: part.answers(req)}
	for m, err := range c.nl.Dump(ctx, &r) {
		if err != nil {
			return true, err
		}
		if m.Type != msgNew {
			continue
		}
		if err := c.take(&f, m.Payload); err != nil {
			return true, fmt.Errorf("%s: %w", r.Op, err)
		}
		if !part.selects(&f) || !q.selects(&f) {
			c.skipped.Add(1)
			continue
		}
		c.flows.Add(1)
		if !yield(&f, nil) {
			return false, nil
		}
	}
	return true, nil
}

// take decodes one message into f.
func (c *Conn) take(f *Flow, payload []byte) error {
	bad, err := f.decode(payload)
	c.malformed.Add(uint64(bad))
	return err
}

// append encodes the request: struct nfgenmsg and the kernel's filters.
func (q *Query) append(dst []byte) []byte {
	dst = append(dst, q.Family, unix.NFNETLINK_V0, 0, 0)
	if q.StatusMask != 0 {
		dst = appendBE32(dst, ctaStatus, uint32(q.Status))
		dst = appendBE32(dst, ctaStatusMask, uint32(q.StatusMask))
	}
	if q.MarkMask != 0 {
		dst = appendBE32(dst, ctaMark, q.Mark)
		dst = appendBE32(dst, ctaMarkMask, q.MarkMask)
	}
	if q.HasZone {
		dst = nl.AppendAttr(dst, ctaZone, []byte{byte(q.Zone >> 8), byte(q.Zone)})
	}
	if flags := q.tupleFlags(); flags != 0 {
		b, at := nl.OpenAttr(dst, ctaFilter)
		b = nl.AppendAttrUint32(b, 1, flags) // CTA_FILTER_ORIG_FLAGS
		dst = nl.CloseAttr(b, at)
		t := Tuple{Src: q.Src, Dst: q.Dst, SrcPort: q.SrcPort, DstPort: q.DstPort, Proto: q.Proto}
		dst = t.append(dst, ctaTupleOrig)
	}
	return dst
}

// tupleFlags returns the parts of a tuple that the kernel compares (CTA_FILTER_F_CTA_*), 0 if the family,
// or for ports the protocol, is not given.
func (q *Query) tupleFlags() (flags uint32) {
	if q.Family == 0 || q.Proto == 0 {
		return 0
	}
	flags = 1 << 3 // PROTO_NUM
	for i, has := range [...]bool{
		0: q.Src.IsValid(), 1: q.Dst.IsValid(), 4: q.SrcPort != 0, 5: q.DstPort != 0,
	} {
		if has {
			flags |= 1 << i
		}
	}
	return flags
}

// selects checks all conditions, because older kernels ignore unknown filters.
func (q *Query) selects(f *Flow) bool {
	o := &f.Orig
	return (q.Family == 0 || q.Family == f.Family) &&
		f.Status&q.StatusMask == q.Status&q.StatusMask &&
		f.Mark&q.MarkMask == q.Mark&q.MarkMask &&
		(!q.HasZone || q.Zone == f.Zone) &&
		(q.Proto == 0 || q.Proto == o.Proto) &&
		(!q.Src.IsValid() || q.Src == o.Src) && (!q.Dst.IsValid() || q.Dst == o.Dst) &&
		(q.SrcPort == 0 || q.SrcPort == o.SrcPort) && (q.DstPort == 0 || q.DstPort == o.DstPort) &&
		q.NAT.selects(f.Status)
}

func (n NAT) selects(s Status) bool {
	switch n {
	case NATAny:
		return s&(StatusSrcNAT|StatusDstNAT) != 0
	case NATSrc:
		return s&StatusSrcNAT != 0
	case NATDst:
		return s&StatusDstNAT != 0
	default:
		return true
	}
}

// answers returns a function that reports whether a recorded request includes this one: the same, or one
// for everything.
func (q *Query) answers(payload []byte) func(recorded []byte) bool {
	family := q.Family
	return func(recorded []byte) bool {
		if len(recorded) == nfgenLen {
			return recorded[0] == 0 || recorded[0] == family
		}
		return bytes.Equal(recorded, payload)
	}
}

// Lookup looks up the flow of a tuple, in the direction of its first packet or of the replies, without a
// dump. If there is none the error is ErrNotFound. The caller owns the Flow.
func (c *Conn) Lookup(ctx context.Context, t *Tuple) (*Flow, error) {
	const op = "look up flow"
	if !t.Src.IsValid() || !t.Dst.IsValid() || t.Src.Is4() != t.Dst.Is4() {
		return nil, fmt.Errorf("%s from %v to %v: %w", op, t.Src, t.Dst, unix.EAFNOSUPPORT)
	}
	family := uint8(unix.AF_INET)
	if t.Src.Is6() {
		family = unix.AF_INET6
	}
	req := t.append([]byte{family, unix.NFNETLINK_V0, 0, 0}, ctaTupleOrig) // the table holds both directions
	if t.Zone != 0 {
		req = nl.AppendAttr(req, ctaZone, []byte{byte(t.Zone >> 8), byte(t.Zone)})
	}
	var found *Flow
	for m, err := range c.nl.Get(ctx, &nl.Request{Op: op, Type: msgGet, Payload: req}) {
		if errors.Is(err, unix.ENOENT) {
			return nil, fmt.Errorf("%s: %w", op, ErrNotFound)
		}
		if err != nil {
			return nil, explain(err)
		}
		found = &Flow{}
		if err := c.take(found, bytes.Clone(m.Payload)); err != nil {
			return nil, fmt.Errorf("%s: %w", op, err)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: %w", op, ErrNotFound)
	}
	c.flows.Add(1)
	return found, nil
}

// append encodes a tuple as attribute typ.
func (t *Tuple) append(dst []byte, typ uint16) []byte {
	b, tuple := nl.OpenAttr(dst, typ)
	b, ip := nl.OpenAttr(b, 1) // CTA_TUPLE_IP
	first := uint16(1)         // CTA_IP_V4_SRC
	if t.Src.Is6() || t.Dst.Is6() {
		first = 3 // CTA_IP_V6_SRC
	}
	for i, a := range [...]netip.Addr{t.Src, t.Dst} {
		if a.IsValid() {
			b = nl.AppendAttr(b, first+uint16(i), a.AsSlice())
		}
	}
	b = nl.CloseAttr(b, ip)
	b, proto := nl.OpenAttr(b, 2) // CTA_TUPLE_PROTO
	b = nl.AppendAttr(b, 1, []byte{t.Proto})
	switch t.Proto {
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		id := uint16(4) // CTA_PROTO_ICMP_ID
		if t.Proto == unix.IPPROTO_ICMPV6 {
			id = 7 // CTA_PROTO_ICMPV6_ID
		}
		b = nl.AppendAttr(b, id, []byte{byte(t.ICMPID >> 8), byte(t.ICMPID)})
		b = nl.AppendAttr(b, id+1, []byte{t.ICMPType})
		b = nl.AppendAttr(b, id+2, []byte{t.ICMPCode})
	default:
		b = nl.AppendAttr(b, 2, []byte{byte(t.SrcPort >> 8), byte(t.SrcPort)})
		b = nl.AppendAttr(b, 3, []byte{byte(t.DstPort >> 8), byte(t.DstPort)})
	}
	return nl.CloseAttr(nl.CloseAttr(b, proto), tuple)
}

func appendBE32(dst []byte, typ uint16, v uint32) []byte {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	return nl.AppendAttr(dst, typ, b[:])
}
