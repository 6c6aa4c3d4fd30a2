package names

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// Network returns the name of an IPv4 network as getnetbyaddr(3) does, "" if it
// has none. The prefix length is not considered.
func (n *Names) Network(addr netip.Addr) string {
	if !addr.Is4() {
		return ""
	}
	if n.networks == nil {
		n.networks = parseNetworks(n.file("networks"))
	}
	b := addr.As4()
	return n.networks[binary.BigEndian.Uint32(b[:])]
}

// parseNetworks reads lines like "link-local 169.254.0.0". Missing bytes at the
// end of the address are zero. The first entry of an address is used.
func parseNetworks(content []byte) map[uint32]string {
	m := make(map[uint32]string)
	for words := range lines(content) {
		if len(words) < 2 {
			continue
		}
		if v, ok := networkNumber(words[1]); ok {
			setFirst(m, v, words[0])
		}
	}
	return m
}

// networkNumber reads up to four bytes, each decimal, octal or hexadecimal as in C.
func networkNumber(word string) (uint32, bool) {
	parts := strings.Split(word, ".")
	if len(parts) > 4 {
		return 0, false
	}
	var v uint32
	for i := range 4 {
		b := uint64(0)
		if i < len(parts) {
			var err error
			// Other number formats of Go are invalid in C.
			if b, err = strconv.ParseUint(parts[i], 0, 8); err != nil || strings.ContainsAny(parts[i], "_oO") ||
				strings.HasPrefix(strings.ToLower(parts[i]), "0b") {
				return 0, false
			}
		}
		v = v<<8 | uint32(b)
	}
	return v, true
}
