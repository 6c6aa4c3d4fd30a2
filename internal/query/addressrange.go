package query

import (
	"net/netip"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// values returns what a value of a field stands for: of a range of addresses its networks, which the kernel
// compares with, else the value alone. nil is an empty range.
func (f *field) values(text string) []string {
	if f.kind != render.KindAddress && f.kind != render.KindEndpoint && f.kind != render.KindNetwork {
		return []string{text}
	}
	first, last, ports, ok := view.AddressRange(text)
	if !ok {
		return []string{text}
	}
	var list []string
	for ; first.IsValid() && !last.Less(first); first = lastOf(largest(first, last)).Next() {
		list = append(list, largest(first, last).String()+ports)
	}
	return list
}

// largest returns the largest network that begins with first and does not go beyond last.
func largest(first, last netip.Addr) netip.Prefix {
	p := netip.PrefixFrom(first, first.BitLen())
	for p.Bits() > 0 {
		wider := netip.PrefixFrom(first, p.Bits()-1)
		if wider.Masked().Addr() != first || last.Less(lastOf(wider)) {
			break
		}
		p = wider
	}
	return p
}

// lastOf returns the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
