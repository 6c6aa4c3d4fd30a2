//go:build linux

package conntrack

import (
	"bytes"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// A Flow is one entry of the connection tracking table. The fields are plain values; the methods return
// views into the message. It is overwritten by the next iteration: use [Flow.Clone] to keep it.
//
// Fields that the kernel did not send are zero and lack their bit in Has.
type Flow struct {
	Family uint8 // AF_INET, AF_INET6
	Has    Fields
	Status Status
	// Orig is the tuple of the first packet, Reply that of its replies. They are mirrored unless addresses
	// are translated.
	Orig, Reply Tuple
	Master      Tuple // of a flow that a helper expected, if HasMaster

	State   State         // of TCP, SCTP and DCCP, if HasState
	Timeout time.Duration // until the entry expires, if HasTimeout
	Mark    uint32
	Zone    uint16
	ID      uint32
	Use     uint32 // references

	// Counters, if HasCounters: only if sysctl nf_conntrack_acct was set when the flow began.
	OrigPackets, OrigBytes   uint64
	ReplyPackets, ReplyBytes uint64

	// Start and Stop, if HasTimes: only with sysctl nf_conntrack_timestamp. Stop is set for ended flows.
	Start, Stop time.Time

	OrigAdjust, ReplyAdjust Adjust // of TCP sequence numbers, if HasAdjust

	// Event is the kind of event, for flows from [Conn.Events].
	Event EventKind

	helper, context, labels []byte
	raw                     []byte // the whole payload
}

// A Tuple is one direction of a flow.
type Tuple struct {
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16
	Proto            uint8  // IPPROTO_*
	ICMPType         uint8  // of ICMP, which has no ports
	ICMPCode         uint8  // likewise
	ICMPID           uint16 // likewise
	Zone             uint16 // of this direction alone; 0 = that of the flow
}

// HasPorts reports whether the protocol has ports: SrcPort and DstPort of others are 0.
func (t *Tuple) HasPorts() bool {
	switch t.Proto {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_SCTP, unix.IPPROTO_DCCP, unix.IPPROTO_UDPLITE:
		return true
	default:
		return false
	}
}

// Source returns the sender's address and port.
func (t *Tuple) Source() netip.AddrPort { return netip.AddrPortFrom(t.Src, t.SrcPort) }

// Destination returns the receiver's address and port.
func (t *Tuple) Destination() netip.AddrPort { return netip.AddrPortFrom(t.Dst, t.DstPort) }

// Adjust is the change of sequence numbers after a position, because a translation changed the length of
// data (struct nf_ct_seqadj).
type Adjust struct {
	Position, Before, After uint32
}

// Fields are the attributes that the kernel sent: bit n is attribute CTA_n.
type Fields uint32

// Bits of Flow.Has.
const (
	HasStatus   Fields = 1 << ctaStatus
	HasState    Fields = 1 << ctaProtoInfo
	HasHelper   Fields = 1 << ctaHelp
	HasTimeout  Fields = 1 << ctaTimeout
	HasMark     Fields = 1 << ctaMark
	HasCounters Fields = 1 << ctaCountersOrig
	HasUse      Fields = 1 << ctaUse
	HasID       Fields = 1 << ctaID
	HasMaster   Fields = 1 << ctaTupleMaster
	HasAdjust   Fields = 1 << ctaSeqAdjOrig
	HasZone     Fields = 1 << ctaZone
	HasContext  Fields = 1 << ctaSecCtx
	HasTimes    Fields = 1 << ctaTimestamp
	HasLabels   Fields = 1 << ctaLabels
)

// Helper returns the name of the flow's helper, such as "ftp"; nil if none.
func (f *Flow) Helper() []byte { return f.helper }

// Context returns the security context of the flow; nil if none.
func (f *Flow) Context() []byte { return f.context }

// Labels returns the bits of connlabel, 128 of them in bytes of rising significance; nil if none.
func (f *Flow) Labels() []byte { return f.labels }

// SrcNAT reports whether the source of the first packet is translated: the receiver sees Reply.Dst.
func (f *Flow) SrcNAT() bool { return f.Status&StatusSrcNAT != 0 }

// DstNAT reports whether the destination of the first packet is translated: the flow goes to Reply.Src.
func (f *Flow) DstNAT() bool { return f.Status&StatusDstNAT != 0 }

// Mirrored reports whether Reply is the mirror of Orig: nothing is translated.
func (f *Flow) Mirrored() bool {
	o, r := &f.Orig, &f.Reply
	return o.Src == r.Dst && o.Dst == r.Src && o.SrcPort == r.DstPort && o.DstPort == r.SrcPort
}

// Clone returns a copy that shares nothing with f or the receive buffer.
func (f *Flow) Clone() *Flow {
	c := &Flow{}
	_, _ = c.decode(bytes.Clone(f.raw)) // it was decoded before
	c.Event = f.Event
	return c
}
