package live

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nlstat/nlstat/internal/names"
)

// A Resolver names addresses and ports. It does not block: names of hosts are looked up in the background.
type Resolver struct {
	files *names.Names
	ctx   context.Context // ends look-ups
	busy  chan struct{}

	mu    sync.Mutex
	known map[netip.Addr]string // "" = has none, or is being looked up
}

const (
	resolveTime    = 5 * time.Second
	resolveAtATime = 8
	resolveMost    = 1 << 14 // names kept
)

// NewResolver returns a Resolver with services from files. ctx ends its look-ups.
func NewResolver(ctx context.Context, files *names.Names) *Resolver {
	return &Resolver{
		files: files, ctx: ctx, busy: make(chan struct{}, resolveAtATime), known: map[netip.Addr]string{},
	}
}

// Endpoint implements Names.
func (r *Resolver) Endpoint(proto string, a netip.AddrPort) string {
	host := r.host(a.Addr().Unmap())
	if host == "" {
		host = a.Addr().String()
		if strings.Contains(host, ":") && a.Port() != 0 {
			host = "[" + host + "]"
		}
	}
	if a.Port() == 0 {
		return host
	}
	port := r.files.Service(proto, a.Port())
	if port == "" {
		port = strconv.Itoa(int(a.Port()))
	}
	return host + ":" + port
}

// host returns the name of an address, "" while it is unknown.
func (r *Resolver) host(a netip.Addr) string {
	r.mu.Lock()
	name, known := r.known[a]
	r.mu.Unlock()
	if known || a.IsUnspecified() {
		return name
	}
	select {
	case r.busy <- struct{}{}: // else the next frame tries again
		r.keep(a, "")
		go r.lookUp(a) // a name server may not answer
	default:
	}
	return ""
}

func (r *Resolver) lookUp(a netip.Addr) {
	defer func() { <-r.busy }()
	ctx, cancel := context.WithTimeout(r.ctx, resolveTime)
	defer cancel()
	found, err := net.DefaultResolver.LookupAddr(ctx, a.String())
	if err == nil && len(found) > 0 {
		r.keep(a, strings.TrimSuffix(found[0], "."))
	}
}

func (r *Resolver) keep(a netip.Addr, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= resolveMost {
		clear(r.known)
	}
	r.known[a] = name
}
