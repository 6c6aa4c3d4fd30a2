package view

import (
	"net/netip"
	"strconv"
	"strings"
)

// AddressRange parses a range of addresses, 10.0.0.1-10.0.0.9 or 10.0.0.1-9, and what follows it, :PORTS. The
// last address may be below the first.
func AddressRange(word string) (first, last netip.Addr, ports string, ok bool) {
	from, to, _ := strings.Cut(word, "-")
	if i := strings.IndexByte(to, ':'); i >= 0 && strings.Contains(from, ".") {
		to, ports = to[:i], to[i:]
	}
	first, err := netip.ParseAddr(from)
	if err != nil || first.Zone() != "" {
		return first, last, "", false
	}
	if _, err := strconv.ParseUint(to, 10, 8); err == nil && first.Is4() {
		to = from[:strings.LastIndexByte(from, '.')+1] + to
	}
	last, err = netip.ParseAddr(to)
	return first, last, ports, err == nil && last.Zone() == "" && first.Is4() == last.Is4()
}
