//go:build linux

package filter

import (
	"math/bits"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// inet reads ADDRESS[/BITS][:PORT], or a port alone.
func (v *values) inet(h *Host, kind Kind, text string, family uint8) error {
	addr, port := "", text
	if kind == KindHost || strings.HasPrefix(text, "[") {
		var ok bool
		if addr, port, ok = splitInet(text); !ok {
			return &ValueError{}
		}
	}
	if kind == KindPort && strings.HasPrefix(text, "[") {
		addr, port = "", addr // ss removes any brackets
	}
	if err := v.port(h, strings.TrimPrefix(port, ":")); err != nil {
		return err
	}
	if addr == "" || addr[0] == '*' {
		return nil
	}
	return v.address(h, addr, family)
}

// splitInet finds the port: after brackets, after a star, or after the last colon that is not followed
// by a slash.
func splitInet(text string) (addr, port string, ok bool) {
	switch {
	case strings.HasPrefix(text, "["):
		return cutAt(text[1:], strings.IndexByte(text, ']')-1, 1)
	case strings.HasPrefix(text, "*"):
		return "*", text[1:], true
	}
	from := max(strings.IndexByte(text, '/'), 0)
	i := strings.LastIndexByte(text[from:], ':')
	if i < 0 {
		return text, "", true
	}
	return cutAt(text, from+i, 0)
}

// cutAt cuts text at i and leaves out width bytes there.
func cutAt(text string, i, width int) (before, after string, ok bool) {
	if i < 0 {
		return "", "", false
	}
	return text[:i], text[i+width:], true
}

// port reads a number, or a service of the selected protocols. A value that begins with a star is any
// port.
func (v *values) port(h *Host, text string) error {
	if text == "" || text[0] == '*' {
		return nil
	}
	if n, ok := parseLong(text); ok {
		h.Port = n
		return nil
	}
	// A service of both protocols is that of TCP.
	for _, protocol := range [...]struct {
		shown bool
		name  string
	}{{v.TCP, "tcp"}, {v.UDP, "udp"}} {
		if !protocol.shown {
			continue
		}
		if port, ok := v.names.Service(text, protocol.name); ok {
			h.Port = int64(port)
			return nil
		}
	}
	return &ValueError{Part: text, Err: ErrNotPort}
}

// address reads an address with or without a prefix length, a word for all of them, or a host's name.
func (v *values) address(h *Host, text string, family uint8) error {
	switch text {
	case "default", "all", "any":
		// If the family is given, ss lets the kernel check it.
		switch family {
		case unix.AF_INET:
			h.Addrs = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0)}
		case unix.AF_INET6:
			h.Addrs = []netip.Prefix{netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
		}
		return nil
	}
	if p, ok := parsePrefix(text, family); ok {
		h.Addrs = []netip.Prefix{p}
		return nil
	}
	old, numeric := parseOldIPv4(text)
	switch {
	case numeric && family != unix.AF_INET6:
		h.Addrs = []netip.Prefix{netip.PrefixFrom(old, 32)}
	case !numeric && !strings.ContainsAny(text, "/:"): // an address of the wrong family is not a name
		for _, a := range v.names.Hosts(text, family) {
			h.Addrs = append(h.Addrs, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	if len(h.Addrs) == 0 {
		return &ValueError{Part: text, Err: ErrNotAddress}
	}
	return nil
}

// parsePrefix reads ADDRESS[/BITS] or, for IPv4, ADDRESS[/MASK]. The bits after the prefix remain. If
// the last family was XDP or TIPC there are no prefixes, only the result of a host look-up.
func parsePrefix(text string, family uint8) (netip.Prefix, bool) {
	if family != 0 && family != unix.AF_INET && family != unix.AF_INET6 {
		return netip.Prefix{}, false
	}
	addr, mask, masked := strings.Cut(text, "/")
	a, ok := parseAddr(addr, family)
	if !ok {
		return netip.Prefix{}, false
	}
	n := uint32(a.BitLen())
	if masked {
		if n, ok = parseMask(mask); !ok {
			return netip.Prefix{}, false
		}
	}
	p := netip.PrefixFrom(a, int(min(n, 255)))
	return p, p.IsValid()
}

func parseAddr(text string, family uint8) (netip.Addr, bool) {
	if !strings.Contains(text, ":") {
		a, ok := parseIPv4(text)
		return a, ok && family != unix.AF_INET6
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Zone() == "" && family != unix.AF_INET
}

// parseIPv4 reads one to four numbers in C's notation; missing ones are 0: 10.8 is 10.8.0.0.
func parseIPv4(text string) (netip.Addr, bool) {
	var b [4]byte
	for i := range b {
		m, over, n := cUnsigned(text)
		if n == 0 || over || m > 255 {
			return netip.Addr{}, false
		}
		b[i] = byte(m)
		if n == len(text) {
			return netip.AddrFrom4(b), true
		}
		if text[n] != '.' {
			return netip.Addr{}, false
		}
		text = text[n+1:]
	}
	return netip.Addr{}, false
}

// parseOldIPv4 parses an address as the C library does in a host look-up: the last number fills the
// remaining bytes, so that 65558 is 0.1.0.22. A text with other characters than digits and dots is a
// name.
func parseOldIPv4(text string) (netip.Addr, bool) {
	if strings.Trim(text, "0123456789.") != "" {
		return netip.Addr{}, false
	}
	var whole uint32
	for shift := 24; shift >= 0; shift -= 8 {
		if text == "" || !isDigit(text[0]) {
			break
		}
		m, over, n := cUnsigned(text)
		if n == len(text) {
			whole |= uint32(m)
			b := [4]byte{byte(whole >> 24), byte(whole >> 16), byte(whole >> 8), byte(whole)}
			return netip.AddrFrom4(b), !over && m < 1<<(shift+8)
		}
		if over || m > 255 || text[n] != '.' {
			break
		}
		whole |= uint32(m) << shift
		text = text[n+1:]
	}
	return netip.Addr{}, false
}

// parseMask reads a prefix length or a mask in the form of an IPv4 address.
func parseMask(text string) (length uint32, ok bool) {
	if n, ok := parseUint32(text); ok {
		return n, true
	}
	a, ok := parseIPv4(text)
	if !ok {
		return 0, false
	}
	b := a.As4()
	mask := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	length = uint32(bits.LeadingZeros32(^mask))
	return length, mask<<length == 0
}
