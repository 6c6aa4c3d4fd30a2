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

// Bounds of name look-ups: a listing never waits longer, nor for more names.
const (
	resolveTime    = 2 * time.Second
	resolveMost    = 2000
	resolveAtATime = 32
)

// hosts looks names of addresses up, many at a time, and remembers the answers and their absence.
type hosts struct {
	mu    sync.Mutex
	known map[netip.Addr]string
}

// Host returns the name of an address if it is known by now.
func (h *hosts) Host(a netip.Addr) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known[a.Unmap()]
}

// resolve asks for names until all are there or the time is over. Answers that come later are kept for the
// next listing of a watch.
func (h *hosts) resolve(ctx context.Context, addrs map[netip.Addr]bool) {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	todo := make(chan netip.Addr, len(addrs))
	for a := range addrs {
		todo <- a
	}
	close(todo)
	var wg sync.WaitGroup
	for range min(resolveAtATime, len(addrs)) { // name servers answer slowly, not with effort
		wg.Go(func() {
			for a := range todo {
				h.ask(ctx, a)
			}
		})
	}
	wg.Wait() // every question ends with ctx
	cancel()
}

func (h *hosts) ask(ctx context.Context, a netip.Addr) {
	h.mu.Lock()
	_, known := h.known[a]
	h.mu.Unlock()
	if known {
		return
	}
	names, err := net.DefaultResolver.LookupAddr(ctx, a.String())
	if ctx.Err() != nil {
		return // it may have one
	}
	name := ""
	if err == nil && len(names) > 0 {
		name = strings.TrimSuffix(names[0], ".")
	}
	h.mu.Lock()
	h.known[a] = name
	h.mu.Unlock()
}

// resolve looks up the remote addresses of what is about to be listed, if host names are wanted.
func (l *lister) resolve(needs uint32, p *inspect.Plan) error {
	if (needs|l.filter.Needs)&inspect.NeedHosts == 0 {
		return nil
	}
	if l.hosts == nil {
		l.hosts = &hosts{known: map[netip.Addr]string{}}
	}
	addrs := map[netip.Addr]bool{}
	ahead := inspect.Plan{Queries: p.Queries} // every candidate
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
