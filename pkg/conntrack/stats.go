//go:build linux

package conntrack

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// TableStats is the fill level of the table of a network namespace.
type TableStats struct {
	Entries uint32
	// Max is the limit of the namespace's table (nf_conntrack_max), 0 = unknown, before Linux 4.18.
	Max uint32
}

// CPUStats are the counters of one processor for a network namespace, since the namespace was created. They
// have 32 bits and wrap.
type CPUStats struct {
	CPU           uint16
	Found         uint32 // lookups that found a flow
	Invalid       uint32 // packets that belong to no flow
	Insert        uint32 // flows added; always 0 since Linux 5.9
	InsertFailed  uint32 // packets dropped because their flow was in the table already
	Drop          uint32 // packets dropped because the table was full or memory was short
	EarlyDrop     uint32 // flows removed to make room for others
	Error         uint32 // packets that a protocol refused
	SearchRestart uint32 // lookups restarted because the table was resized
	ClashResolve  uint32 // flows merged with one that was added at the same time; since Linux 5.7
	ChainTooLong  uint32 // packets dropped because a chain of the table was too long; since Linux 5.15
}

const (
	msgStatsCPU = unix.NFNL_SUBSYS_CTNETLINK<<8 + 4 // IPCTNL_MSG_CT_GET_STATS_CPU
	msgStats    = unix.NFNL_SUBSYS_CTNETLINK<<8 + 5 // IPCTNL_MSG_CT_GET_STATS
)

// TableStats returns the number of flows in the table and its limit, without a dump. Since Linux 2.6.37.
func (c *Conn) TableStats(ctx context.Context) (TableStats, error) {
	var s TableStats
	found := false
	r := nl.Request{Op: "get conntrack statistics", Type: msgStats, Payload: []byte{0, unix.NFNETLINK_V0, 0, 0}}
	for m, err := range c.nl.Get(ctx, &r) {
		if err != nil {
			return TableStats{}, explain(err)
		}
		if m.Type != msgStats {
			continue
		}
		bad, err := s.decode(m.Payload)
		c.malformed.Add(uint64(bad))
		if err != nil {
			return TableStats{}, fmt.Errorf("%s: %w", r.Op, err)
		}
		found = true
	}
	if !found {
		return TableStats{}, fmt.Errorf("%s: %w", r.Op, errNoAnswer)
	}
	return s, nil
}

var errNoAnswer = errors.New("the kernel sent no answer")

// CPUStats lists the counters of each processor. The value is overwritten by the next iteration. Since Linux
// 2.6.37.
func (c *Conn) CPUStats(ctx context.Context) iter.Seq2[*CPUStats, error] {
	return func(yield func(*CPUStats, error) bool) {
		r := nl.Request{
			Op: "dump conntrack statistics", Type: msgStatsCPU, Payload: []byte{0, unix.NFNETLINK_V0, 0, 0},
		}
		var s CPUStats
		for m, err := range c.nl.Dump(ctx, &r) {
			if err != nil {
				yield(nil, explain(err))
				return
			}
			if m.Type != msgStatsCPU {
				continue
			}
			bad, err := s.decode(m.Payload)
			c.malformed.Add(uint64(bad))
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", r.Op, err))
				return
			}
			if !yield(&s, nil) {
				return
			}
		}
	}
}

// Add adds the counters of another processor.
func (s *CPUStats) Add(other *CPUStats) {
	sum := s.counters()
	for i, c := range other.counters() {
		if c != nil {
			*sum[i] += *c
		}
	}
}

// counters returns the counters by their attribute (CTA_STATS_*), nil for other attributes.
func (s *CPUStats) counters() [16]*uint32 {
	return [16]*uint32{
		2: &s.Found, 4: &s.Invalid, 8: &s.Insert, 9: &s.InsertFailed, 10: &s.Drop, 11: &s.EarlyDrop,
		12: &s.Error, 13: &s.SearchRestart, 14: &s.ClashResolve, 15: &s.ChainTooLong,
	}
}

// decode fills s from the payload of IPCTNL_MSG_CT_GET_STATS_CPU.
func (s *CPUStats) decode(b []byte) (malformed int, err error) {
	*s = CPUStats{}
	if len(b) < nfgenLen {
		return 0, fmt.Errorf("statistics message of %d bytes: %w", len(b), ErrMalformed)
	}
	s.CPU = binary.BigEndian.Uint16(b[2:])
	counters := s.counters()
	return decodeBE32(b[nfgenLen:], counters[:]), nil
}

// decode fills s from the payload of IPCTNL_MSG_CT_GET_STATS.
func (s *TableStats) decode(b []byte) (malformed int, err error) {
	*s = TableStats{}
	if len(b) < nfgenLen {
		return 0, fmt.Errorf("statistics message of %d bytes: %w", len(b), ErrMalformed)
	}
	return decodeBE32(b[nfgenLen:], []*uint32{1: &s.Entries, 2: &s.Max}), nil
}

// decodeBE32 decodes attributes of four bytes into the elements of their numbers.
func decodeBE32(b []byte, into []*uint32) (malformed int) {
	attrs := nl.Attrs(b)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		switch {
		case int(typ) >= len(into) || into[typ] == nil:
		case len(val) != 4:
			malformed++
		default:
			*into[typ] = binary.BigEndian.Uint32(val)
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed
}
