package ss

import (
	"net/netip"
	"strconv"
)

// decimals holds the numbers 0 to 255 as text, three bytes each, their lengths in the fourth.
var decimals = func() (t [256][4]byte) {
	for i := range t {
		t[i][3] = byte(copy(t[i][:3], strconv.Itoa(i)))
	}
	return t
}()

func appendByte(b []byte, v byte) []byte {
	d := &decimals[v]
	return append(b, d[:d[3]]...)
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
