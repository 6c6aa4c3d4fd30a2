package names

import (
	"context"
	"net/netip"
	"slices"
	"strings"
)

// Host returns the name of an address, "" if it has none; of several, the first,
// as in gethostbyaddr(3). Every address is looked up once, whether it has a name
// or not. A v4-mapped address is looked up unchanged: unmap it to get the IPv4
// name. The zone is ignored.
func (n *Names) Host(ctx context.Context, addr netip.Addr) string {
	addr = addr.WithZone("")
	if addr == netip.IPv6Unspecified() {
		return "" // as the C library, which does not read the hosts file for it
	}
	if name, known := n.hosts[addr]; known {
		return name
	}
	if n.hosts == nil {
		n.hosts = make(map[netip.Addr]string)
	}
	name := ""
	switch found, err := n.resolver().LookupAddr(ctx, addr.String()); {
	case err == nil && len(found) > 0:
		name = strings.TrimSuffix(found[0], ".")
	case err != nil && n.filesBehindDNS():
		name = n.hostOfFile(addr)
	} // after any other error, too, the number is shown
	n.hosts[addr] = name
	return name
}

// filesBehindDNS reports whether the hosts file is read if no name server answers. Go's resolver reads it
// only if one answers that there is no name.
func (n *Names) filesBehindDNS() bool {
	for words := range lines(n.file("nsswitch.conf")) {
		if words[0] == "hosts:" {
			i := slices.Index(words, "dns")
			return i >= 0 && i+1 < len(words) && words[i+1] == "files"
		}
	}
	return false
}

// hostOfFile returns the first name of an address in the hosts file, "" if it has none.
func (n *Names) hostOfFile(addr netip.Addr) string {
	for words := range lines(n.file("hosts")) {
		if a, err := netip.ParseAddr(words[0]); err == nil && a == addr && len(words) > 1 {
			return words[1]
		}
	}
	return ""
}

// Addresses returns the addresses of a host name, literal addresses included.
func (n *Names) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if found, known := n.addresses[host]; known {
		return found, nil
	}
	texts, err := n.resolver().LookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	if n.addresses == nil {
		n.addresses = make(map[string][]netip.Addr)
	}
	var found []netip.Addr
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			found = append(found, a)
		}
	}
	n.addresses[host] = found
	return found, nil
}
