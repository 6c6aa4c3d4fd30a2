package live

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/netns"
)

// A Head holds the values of the second line besides the states of sockets, of the caller's own network
// namespace. Unknown values are zero.
type Head struct {
	MemPages, MemLimit    uint64 // of all TCP sockets of the host, and the hard limit
	Tracked, TrackedLimit uint32 // flows
}

// A header reads heads.
type header struct {
	counters mib.Snapshot
	reader   mib.Reader
	limit    uint64
	flows    *conntrack.Conn // nil = not permitted, or no connection tracking
}

// newHeader reads the constant values. What fails is left out.
func newHeader() *header {
	h := &header{reader: mib.Reader{Config: mib.Config{Sources: mib.SourceSockStat}}}
	if settings, err := netns.Settings(0, "ipv4/tcp_mem"); err == nil {
		if fields := strings.Fields(settings["ipv4/tcp_mem"]); len(fields) == 3 {
			h.limit, _ = strconv.ParseUint(fields[2], 10, 64) // 0 is unknown
		}
	}
	if c, err := conntrack.Dial(nil); err == nil {
		h.flows = c
	}
	return h
}

func (h *header) close() {
	if h.flows != nil {
		_ = h.flows.Close() // nothing is lost with it
	}
}

// read reads the values that are available.
func (h *header) read(ctx context.Context) (out Head) {
	if h.limit > 0 && h.reader.Read(&h.counters) == nil {
		if m, ok := h.counters.Get("sockstat TCP", "mem"); ok {
			out.MemPages, out.MemLimit = max(0, m.Value), h.limit
		}
	}
	if h.flows == nil {
		return out
	}
	stats, err := h.flows.TableStats(ctx)
	if err != nil {
		h.close()
		h.flows = nil
		return out
	}
	out.Tracked, out.TrackedLimit = stats.Entries, stats.Max
	return out
}

// append appends the known values.
func (h *Head) append(dst []byte) []byte {
	if h.MemLimit > 0 {
		dst = fmt.Appendf(dst, "   mem %d%%", 100*h.MemPages/h.MemLimit)
	}
	if h.TrackedLimit > 0 {
		dst = fmt.Appendf(dst, "   conntrack %d/%d", h.Tracked, h.TrackedLimit)
	}
	return dst
}
