package ss

import (
	"context"
	"net/netip"

	"github.com/nlstat/nlstat/internal/names"
)

// hostNames turns addresses into the text of the address columns.
type hostNames struct {
	resolve bool // by name if there is one
	names   *names.Names
}

// append appends an address; the unspecified IPv6 address is a star, or :: if the socket is known not to
// accept IPv4.
func (n *hostNames) append(ctx context.Context, b []byte, a netip.Addr, v6only bool) []byte {
	if a.Is4() {
		if n.resolve {
			if name := n.names.Host(ctx, a); name != "" {
				return append(b, name...)
			}
		}
		return appendIPv4(b, a.As4())
	}
	if a == netip.IPv6Unspecified() && !v6only {
		return append(b, '*')
	}
	if n.resolve {
		if name := n.names.Host(ctx, a.Unmap()); name != "" {
			return append(b, name...)
		}
	}
	return append(appendIP(append(b, '['), a), ']')
}
