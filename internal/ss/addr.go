package ss

import (
	"net/netip"
)

// appendByte appends a number of at most three digits.
func appendByte(b []byte, v byte) []byte {
	switch {
	case v >= 100:
		return append(b, '0'+v/100, '0'+v/10%10, '0'+v%10)
	case v >= 10:
		return append(b, '0'+v/10, '0'+v%10)
	}
	return append(b, '0'+v)
}

// appendIPv4 appends an address as dotted quad.
func appendIPv4(b []byte, a [4]byte) []byte {
	b = append(appendByte(b, a[0]), '.')
	b = append(appendByte(b, a[1]), '.')
	b = append(appendByte(b, a[2]), '.')
	return appendByte(b, a[3])
}

// appendIP appends an address as inet_ntop(3) does, which is netip's form but for the long obsolete
// IPv4-compatible addresses: the C library writes those of ::/96 with a dotted quad.
func appendIP(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		return appendIPv4(b, a.As4())
	}
	if !a.IsValid() {
		return b
	}
	raw := a.As16()
	if [12]byte(raw[:12]) == [12]byte{} && raw[12]|raw[13] != 0 {
		return appendIPv4(append(b, "::"...), [4]byte(raw[12:]))
	}
	return a.AppendTo(b)
}
