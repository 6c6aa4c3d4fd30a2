//go:build linux

package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Qdisc is a queueing discipline of a link, which queues packets for the device. One that an iteration
// yields is overwritten by the next one, and Kind is a view: use [Qdisc.Clone] to keep it.
type Qdisc struct {
	Link    uint32 // index
	Handle  uint32 // major number in the upper 16 bits; 0 for the default of the link
	Parent  uint32 // the parent class, or [QdiscRoot]
	Bytes   uint64 // sent, a counter
	Packets uint64 // sent, a counter; 32 bits wide before Linux 5.5

	QueueLen   uint32 // packets in the queue
	Backlog    uint32 // bytes in the queue
	Drops      uint32 // packets, a counter
	Requeues   uint32 // packets that the device did not accept at once, a counter
	Overlimits uint32 // packets that exceeded a rate, a counter

	kind []byte
}

// QdiscRoot is the Parent of the discipline that takes all packets of a link (TC_H_ROOT). Its counters
// include those of the disciplines below.
const QdiscRoot = 0xffffffff

const tcmsgLen = 20 // struct tcmsg

// Attributes of a queueing discipline (TCA_*) and of its statistics (TCA_STATS_*).
const (
	tcaKind        = 1
	tcaStats2      = 7
	tcaStatsBasic  = 1 // struct gnet_stats_basic
	tcaStatsQueue  = 3 // struct gnet_stats_queue
	tcaStatsPkt64  = 8
	gnetBasicLen   = 12
	gnetQueueLen   = 20
	qdiscLinkStart = 4
)

// Kind returns the name of the discipline, such as "fq_codel".
func (q *Qdisc) Kind() []byte { return q.kind }

// Clone returns a copy that shares nothing with q or the receive buffer.
func (q *Qdisc) Clone() *Qdisc {
	c := *q
	c.kind = bytes.Clone(q.kind)
	return &c
}

// Qdiscs lists the queueing disciplines of all links, by link, the root of each first. The Qdisc is
// overwritten by the next iteration. Errors are those of [Conn.Links].
func (c *Conn) Qdiscs(ctx context.Context) iter.Seq2[*Qdisc, error] {
	return func(yield func(*Qdisc, error) bool) {
		r := nl.Request{Op: "dump queueing disciplines", Type: unix.RTM_GETQDISC, Payload: make([]byte, tcmsgLen)}
		var q Qdisc
		for m, err := range c.nl.Dump(ctx, &r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if m.Type != unix.RTM_NEWQDISC {
				continue
			}
			bad, err := q.decode(m.Payload)
			c.malformed.Add(uint64(bad))
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", r.Op, err))
				return
			}
			c.rows.Add(1)
			if !yield(&q, nil) {
				return
			}
		}
	}
}

// decode fills q from the payload of RTM_NEWQDISC, which it keeps a view of.
func (q *Qdisc) decode(b []byte) (malformed int, err error) {
	*q = Qdisc{}
	if len(b) < tcmsgLen {
		return 0, fmt.Errorf("queueing discipline message of %d bytes: %w", len(b), ErrMalformed)
	}
	e := binary.NativeEndian
	q.Link, q.Handle, q.Parent = e.Uint32(b[qdiscLinkStart:]), e.Uint32(b[8:]), e.Uint32(b[12:])
	attrs := nl.Attrs(b[tcmsgLen:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		switch typ {
		case tcaKind:
			q.kind = nl.CString(val)
		case tcaStats2:
			malformed += q.decodeStats(val)
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}

// decodeStats reads the nested TCA_STATS2.
func (q *Qdisc) decodeStats(b []byte) (malformed int) {
	e := binary.NativeEndian
	attrs := nl.Attrs(b)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		switch {
		case typ == tcaStatsBasic && len(val) >= gnetBasicLen:
			q.Bytes = e.Uint64(val)
			q.Packets = max(q.Packets, uint64(e.Uint32(val[8:])))
		case typ == tcaStatsQueue && len(val) >= gnetQueueLen:
			q.QueueLen, q.Backlog, q.Drops = e.Uint32(val), e.Uint32(val[4:]), e.Uint32(val[8:])
			q.Requeues, q.Overlimits = e.Uint32(val[12:]), e.Uint32(val[16:])
		case typ == tcaStatsPkt64 && len(val) >= 8:
			q.Packets = e.Uint64(val)
		case typ == tcaStatsBasic, typ == tcaStatsQueue, typ == tcaStatsPkt64:
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed
}
