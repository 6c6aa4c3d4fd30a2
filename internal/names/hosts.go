package names

import (
	"context"
	"net/netip"
	"strings"
)

// Host returns the name of an address, "" if it has none. The first name counts,
// as gethostbyaddr(3) has it. Every address is looked up once, whether it has a
// name or not. A v4-mapped address is looked up as it is: unmap it before if
// the IPv4 name is wanted. The zone is ignored.
func (n *Names) Host(ctx context.Context, addr netip.Addr) string {
	addr = addr.WithZone("")
	if addr == netip.IPv6Unspecified() {
		return "" // whatever the hosts file says: the C library does not ask
	}
	if name, known := n.hosts[addr]; known {
		return name
	}
	if n.hosts == nil {
		n.hosts = make(map[netip.Addr]string)
	}
	name := ""
	// an error is the same as no name: the number is shown then
	if found, err := n.resolver().LookupAddr(ctx, addr.String()); err == nil && len(found) > 0 {
		name = strings.TrimSuffix(found[0], ".")
	}
	n.hosts[addr] = name
	return name
}

// Addresses returns the addresses of a host name, literal addresses included.
func (n *Names) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if found, known := n.addresses[host]; known {
		return found, nil
	}
	found, err := n.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if n.addresses == nil {
		n.addresses = make(map[string][]netip.Addr)
	}
	n.addresses[host] = found
	return found, nil
}
