package diag

import "encoding/binary"

// bigEndian reports how the kernel's compiler lays out bit fields: from the low bit on
// little-endian machines, from the high bit on big-endian ones.
var bigEndian = binary.NativeEndian.Uint16([]byte{1, 0}) != 1

// nibbles splits a byte that holds two fields of four bits.
func nibbles(b byte) (first, second uint8) {
	if bigEndian {
		return b >> 4, b & 0xf
	}
	return b & 0xf, b >> 4
}

// appLimited splits the byte with tcpi_delivery_rate_app_limited:1 and tcpi_fastopen_client_fail:2.
func appLimited(b byte) (limited bool, failed uint8) {
	if bigEndian {
		return b&0x80 != 0, b >> 5 & 3
	}
	return b&1 != 0, b >> 1 & 3
}

// sockOpt reads struct inet_diag_sockopt: eight single bits, then three.
func sockOpt(b0, b1 byte) SockOpt {
	if !bigEndian {
		return SockOpt(b0) | SockOpt(b1)<<8
	}
	var o SockOpt
	for i := range 8 {
		o |= SockOpt(b0>>(7-i)&1) << i
		o |= SockOpt(b1>>(7-i)&1) << (8 + i)
	}
	return o
}
