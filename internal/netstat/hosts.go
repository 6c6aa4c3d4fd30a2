package netstat

import (
	"context"
	"net/netip"
)

// appendHostName appends the name of an address, or the address if it has none.
func (t *tool) appendHostName(b []byte, a netip.Addr) []byte {
	if a.IsUnspecified() {
		if a.Is4() {
			return append(b, "0.0.0.0"...)
		}
		return append(b, "[::]"...)
	}
	if name := t.names.Host(context.Background(), a); name != "" {
		return append(b, name...)
	}
	return appendAddr(b, a)
}
