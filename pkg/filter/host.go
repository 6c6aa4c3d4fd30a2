//go:build linux

package filter

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// Host compares an end of a socket with addresses and a port. It is the condition of the words src, dst,
// sport and dport with =, of addresses if [Options.Loose] is set.
type Host struct {
	Side Side
	// Family is that of the value: AF_INET, AF_INET6, AF_UNIX, AF_PACKET, AF_NETLINK, AF_VSOCK, or 0 if it
	// matches all of them, as does a port alone.
	Family uint8
	// Port is compared with [End.Port] unless it is AnyPort.
	Port int64
	// Addrs are the alternatives of inet values; none matches any address. Addresses are compared by their
	// first bits, regardless of the family of the socket, except for unix sockets with a name; an IPv4
	// prefix also matches addresses mapped to IPv6. [Network] distinguishes families.
	Addrs []netip.Prefix
	// Word is the address of packet, netlink and vsock values, if HasWord.
	Word    uint32
	HasWord bool
	// Pattern is matched with the name of a unix socket, see [Glob].
	Pattern string
}

// AnyPort is the [Host.Port] of values without a port.
const AnyPort = -1

// Match implements [Expr].
func (h *Host) Match(r *Row) bool {
	end := &r.Ends[h.Side]
	switch {
	case h.Family == unix.AF_UNIX:
		return Glob(h.Pattern, end.Name)
	case h.Port != AnyPort && h.Port != end.Port:
		return false
	case h.HasWord:
		var word [4]byte
		binary.NativeEndian.PutUint32(word[:], h.Word)
		return [4]byte(end.Addr[:4]) == word
	}
	for i := range h.Addrs {
		p := h.Addrs[i]
		if p.Bits() == 0 || len(end.Name) == 0 && prefixHolds(p, &end.Addr, r.Family) {
			return true
		}
	}
	return len(h.Addrs) == 0
}

// strict returns the condition that distinguishes families.
func (h *Host) strict() Expr {
	if len(h.Addrs) == 0 {
		return h
	}
	var e Expr
	for _, p := range h.Addrs {
		if p.Addr().Is4In6() && p.Bits() >= 96 { // an IPv4 address in IPv6 form
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		n := &Network{h.Side, p}
		if e == nil {
			e = n
		} else {
			e = &Or{e, n}
		}
	}
	if h.Port != AnyPort {
		e = &And{e, &Host{Side: h.Side, Port: h.Port}}
	}
	return e
}

// prefixHolds compares the first bits.
func prefixHolds(p netip.Prefix, addr *[16]byte, family uint8) bool {
	if p.Addr().Is4() {
		want := p.Addr().As4()
		isMapped := family == unix.AF_INET6 && [12]byte(addr[:12]) == mapped
		return samePrefix(addr[:4], want[:], p.Bits()) || isMapped && samePrefix(addr[12:], want[:], p.Bits())
	}
	want := p.Addr().As16()
	return samePrefix(addr[:], want[:], p.Bits())
}

// mapped is the prefix of IPv4-mapped addresses.
var mapped = [12]byte{10: 0xff, 11: 0xff}

func samePrefix(a, b []byte, bits int) bool {
	n := bits / 8
	if string(a[:n]) != string(b[:n]) {
		return false
	}
	rest := bits % 8
	return rest == 0 || (a[n]^b[n])>>(8-rest) == 0
}

// familyPrefixes are the words before values, each with its colon.
var familyPrefixes = [...]struct {
	word   string
	family uint8
}{
	{"unix:", unix.AF_UNIX},
	{"link:", unix.AF_PACKET},
	{"netlink:", unix.AF_NETLINK},
	{"vsock:", unix.AF_VSOCK},
	{"inet:", unix.AF_INET},
	{"inet6:", unix.AF_INET6},
}

// String implements [Expr]. Several addresses are written one by one.
func (h *Host) String() string {
	word := h.Side.word("src ", "dst ") + h.prefix()
	port := ""
	if h.Port != AnyPort {
		port = fmt.Sprintf(":%d", h.Port)
	}
	switch {
	case h.Family == unix.AF_UNIX:
		return word + escape(h.Pattern)
	case h.HasWord:
		return fmt.Sprintf("%s%d%s", word, h.Word, port)
	case len(h.Addrs) == 0:
		return word + "*" + port
	}
	texts := make([]string, len(h.Addrs))
	for i, p := range h.Addrs {
		texts[i] = word + prefixText(p) + port
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "( " + strings.Join(texts, " or ") + " )"
}

// prefix returns the prefix for the family, if the value needs one.
func (h *Host) prefix() string {
	for i := range familyPrefixes {
		if familyPrefixes[i].family == h.Family && len(h.Addrs) == 0 {
			return familyPrefixes[i].word
		}
	}
	return ""
}

func prefixText(p netip.Prefix) string {
	text := p.Addr().String()
	if p.Bits() != p.Addr().BitLen() {
		text = p.String()
	}
	if p.Addr().Is6() {
		return "[" + text + "]"
	}
	return text
}

// escape quotes a value so that it is one word.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, " ", `\ `, "\t", "\\\t").Replace(s)
}
