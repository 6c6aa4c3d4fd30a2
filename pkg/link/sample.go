//go:build linux

package link

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Sample is the counters of one link at one time.
type Sample struct {
	Index uint32
	Stats Stats
}

const (
	statsMsgLen   = 12 // struct if_stats_msg
	statsLink64   = 1  // IFLA_STATS_LINK_64
	filterLink64  = 1 << (statsLink64 - 1)
	statsFilterAt = 8
)

// Samples lists only the counters of all links: 216 bytes a link instead of 1.1 KiB. It is for
// repeated samples, with names from [Conn.Links] and [Conn.Events]. The Sample is overwritten by the
// next iteration. Errors are those of Links. Since Linux 4.7.
func (c *Conn) Samples(ctx context.Context) iter.Seq2[*Sample, error] {
	return func(yield func(*Sample, error) bool) {
		var s Sample // overwritten by each iteration
		req := make([]byte, statsMsgLen)
		binary.NativeEndian.PutUint32(req[statsFilterAt:], filterLink64)
		r := nl.Request{Op: "dump link counters", Type: unix.RTM_GETSTATS, Payload: req}
		for m, err := range c.nl.Dump(ctx, &r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if m.Type != unix.RTM_NEWSTATS {
				continue
			}
			bad, err := s.decode(m.Payload)
			c.malformed.Add(uint64(bad))
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", r.Op, err))
				return
			}
			c.rows.Add(1)
			if !yield(&s, nil) {
				return
			}
		}
	}
}

// decode fills s from the payload of RTM_NEWSTATS.
func (s *Sample) decode(b []byte) (malformed int, err error) {
	*s = Sample{}
	if len(b) < statsMsgLen {
		return 0, fmt.Errorf("counters message of %d bytes: %w", len(b), ErrMalformed)
	}
	s.Index = binary.NativeEndian.Uint32(b[4:])
	attrs := nl.Attrs(b[statsMsgLen:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		if typ == statsLink64 && !s.Stats.decode(val) {
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}
