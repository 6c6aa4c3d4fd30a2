//go:build linux

package route

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A NeighborTable is one of the kernel's tables of neighbors: "arp_cache" of IPv4, "ndisc_cache" of IPv6. One
// that an iteration yields is overwritten by the next one, and Name is a view.
type NeighborTable struct {
	Family uint8 // AF_INET, AF_INET6, ...
	// Entries is the number of entries of all network namespaces, which share the table.
	Entries uint32
	// Below Thresh1 entries are not removed. Above Thresh2 they are removed after seconds, and at Thresh3 new
	// ones are refused if none can be removed (gc_thresh1 to gc_thresh3).
	Thresh1, Thresh2, Thresh3 uint32
	// TableFull counts the entries that were refused, Failed the addresses that did not resolve, ForcedGC
	// the attempts to make room; since boot, in all network namespaces.
	TableFull, Failed, ForcedGC uint64

	name []byte
}

// Name returns the kernel's name of the table.
func (t *NeighborTable) Name() []byte { return t.name }

const (
	ndtmsgLen    = 4 // struct ndtmsg
	ndtaName     = 1 // NDTA_*
	ndtaThresh1  = 2
	ndtaThresh3  = 4
	ndtaConfig   = 5 // struct ndt_config: entries at 4
	ndtaStats    = 7 // struct ndt_stats, 64 bits each
	ndtConfigLen = 32
	ndtStatsLen  = 80 // table_fulls, the eleventh, since Linux 4.0
)

// NeighborTables lists the tables of neighbors. The value is overwritten by the next iteration. Errors are
// those of [Conn.Neighbors].
func (c *Conn) NeighborTables(ctx context.Context) iter.Seq2[*NeighborTable, error] {
	return func(yield func(*NeighborTable, error) bool) {
		r := nl.Request{Op: "dump neighbor tables", Type: unix.RTM_GETNEIGHTBL, Payload: make([]byte, ndtmsgLen)}
		var t NeighborTable
		for m, err := range c.nl.Dump(ctx, &r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if m.Type != unix.RTM_NEWNEIGHTBL {
				continue
			}
			whole, bad, err := t.decode(m.Payload)
			c.malformed.Add(uint64(bad))
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", r.Op, err))
				return
			}
			if !whole {
				continue
			}
			c.rows.Add(1)
			if !yield(&t, nil) {
				return
			}
		}
	}
}

// decode fills t from the payload of RTM_NEWNEIGHTBL, which it keeps a view of. whole is false for the
// parameters of a single link, which come as messages of their own.
func (t *NeighborTable) decode(b []byte) (whole bool, malformed int, err error) {
	*t = NeighborTable{}
	if len(b) < ndtmsgLen {
		return false, 0, fmt.Errorf("neighbor table message of %d bytes: %w", len(b), ErrMalformed)
	}
	t.Family = b[0]
	e := binary.NativeEndian
	thresholds := [...]*uint32{&t.Thresh1, &t.Thresh2, &t.Thresh3}
	attrs := nl.Attrs(b[ndtmsgLen:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		switch typ {
		case ndtaName:
			t.name = nl.CString(val)
		case ndtaThresh1, ndtaThresh1 + 1, ndtaThresh3:
			*thresholds[typ-ndtaThresh1], ok = nl.Uint32(val)
		case ndtaConfig:
			if ok = len(val) >= ndtConfigLen; ok {
				whole, t.Entries = true, e.Uint32(val[4:])
			}
		case ndtaStats:
			if ok = len(val) >= ndtStatsLen; ok {
				t.Failed, t.ForcedGC = e.Uint64(val[24:]), e.Uint64(val[72:])
			}
			if len(val) >= ndtStatsLen+8 {
				t.TableFull = e.Uint64(val[80:])
			}
		}
		if !ok {
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return whole, malformed, nil
}
