package names

import (
	"context"
	"net"
	"net/netip"
	"path/filepath"
)

// Resolver is the used part of net.Resolver. These two methods read the files of /etc on the caller's thread,
// which may be in another mount namespace; others of net.Resolver do not.
type Resolver interface {
	LookupAddr(ctx context.Context, addr string) ([]string, error)
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// Names looks up names and caches them. The zero value reads /etc and uses Go's
// resolver. It is not safe for concurrent use.
type Names struct {
	Etc      string   // directory of the files, "" = /etc
	Resolver Resolver // nil = Go's own, never the C library's

	// Dial opens the sockets of Go's resolver, nil = net.Dialer, in the network namespace of any thread.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	services  *services
	protocols *protocols
	users     map[uint32]string
	userIDs   map[string]uint32
	networks  map[uint32]string
	hosts     map[netip.Addr]string
	addresses map[string][]netip.Addr
}

// file reads one of the files below Etc.
func (n *Names) file(name string) []byte {
	dir := n.Etc
	if dir == "" {
		dir = "/etc"
	}
	return readFile(filepath.Join(dir, name))
}

// resolver returns the resolver to use.
func (n *Names) resolver() Resolver {
	if n.Resolver != nil {
		return n.Resolver
	}
	return &net.Resolver{PreferGo: true, Dial: n.Dial}
}
