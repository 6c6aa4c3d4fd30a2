package netstat

import (
	"context"
	"net/netip"

	"github.com/nlstat/nlstat/pkg/link"
)

// appendName appends the name of an address, or the address if it has none. An address whose first byte is
// zero is a network: the reference assumes the netmask 255.0.0.0.
func (t *tool) appendName(b []byte, a netip.Addr) []byte {
	switch {
	case a == netip.IPv6Unspecified():
		return append(b, "[::]"...)
	case a.IsUnspecified():
		return a.AppendTo(b)
	case a.Is4() && a.As4()[0] == 0:
		return t.appendNetworkName(b, a)
	}
	return t.appendHostName(b, a)
}

// appendHostName appends the name of a host, or its address.
func (t *tool) appendHostName(b []byte, a netip.Addr) []byte {
	if name := t.names.Host(context.Background(), a); name != "" {
		return append(b, name...)
	}
	return appendAddr(b, a)
}

// appendNetworkName appends the name of a network, or its address.
func (t *tool) appendNetworkName(b []byte, a netip.Addr) []byte {
	if name := t.names.Network(a); name != "" {
		return append(b, name...)
	}
	return a.AppendTo(b)
}

// linkName returns the name of an interface.
func (t *tool) linkName(index uint32) string {
	if t.links == nil {
		t.links = link.NewNames(nil)
	}
	return t.links.Name(index)
}
