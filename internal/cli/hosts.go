package cli

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// Limits of host name look-ups per listing.
const (
	resolveTime    = 2 * time.Second
	resolveMost    = 2000
	resolveAtATime = 32
)

// hosts looks up the names of addresses, many at a time, and caches names and failures.
type hosts struct {
	mu    sync.Mutex
	known map[netip.Addr]string
}

// Host returns the cached name of an address.
func (h *hosts) Host(a netip.Addr) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[a.Unmap()]
}

// resolve looks up names until all are known or time runs out. Later results are kept for the next sample of
// a watch.
func (h *hosts) resolve(ctx context.Context, addrs map[netip.Addr]bool) {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	todo := make(chan netip.Addr, len(addrs))
	for a := range addrs {
		todo <- a
	}
	close(todo)
	var wg sync.WaitGroup
	for range min(resolveAtATime, len(addrs)) { // queries wait for name servers and cost little
		wg.Go(func() {
			for a := range todo {
				h.lookup(ctx, a)
			}
		})
	}
	wg.Wait() // every query ends with ctx
	cancel()
}

func (h *hosts) lookup(ctx context.Context, a netip.Addr) {
	h.mu.Lock()
	_, known := h.known[a]
	h.mu.Unlock()
	if known {
		return
	}
	names, err := net.DefaultResolver.LookupAddr(ctx, a.String())
	if ctx.Err() != nil {
		return // it may have a name
	}
	name := ""
	if err == nil && len(names) > 0 {
		name = strings.TrimSuffix(names[0], ".")
	}
	h.mu.Lock()
	h.known[a] = name
	h.mu.Unlock()
}

// resolve looks up the remote addresses of a listing, if host names are requested.
func (l *lister) resolve(needs uint32, p *inspect.Plan) error {
	if (needs|l.filter.Needs)&inspect.NeedHosts == 0 {
		return nil
	}
	if l.hosts == nil {
		l.hosts = &hosts{known: map[netip.Addr]string{}}
	}
	addrs := map[netip.Addr]bool{}
	ahead := inspect.Plan{Queries: p.Queries} // all remote addresses
	for row, err := range l.session.Sockets(l.ctx, &ahead) {
		if err != nil {
			return err
		}
		if a := row.Remote.Addr().Unmap(); a.IsValid() && !a.IsUnspecified() {
			addrs[a] = true
		}
		if len(addrs) >= resolveMost {
			break
		}
	}
	l.hosts.resolve(l.ctx, addrs)
	return nil
}
