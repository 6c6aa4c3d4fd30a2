//go:build linux

package filter

import "math"

// Numbers are read as C's strtol with base 0 does: 0x for hexadecimal, 0b for binary (since glibc 2.38), a
// leading 0 for octal, blanks and a sign before them.

// cInteger reads a number at the start of s and returns its length in bytes, 0 if there is none. Base 0
// detects prefixes. Values beyond 64 bits saturate, and over is set.
func cInteger(s string, base uint64) (magnitude uint64, negative, over bool, n int) {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] >= '\t' && s[i] <= '\r') {
		i++
	}
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		negative = s[i] == '-'
		i++
	}
	if base == 0 {
		var width int
		base, width = cBase(s[i:])
		i += width
	}
	start := i
	for i < len(s) && digit(s[i]) < base {
		d := digit(s[i])
		if over || magnitude > (math.MaxUint64-d)/base {
			over = true
		} else {
			magnitude = magnitude*base + d
		}
		i++
	}
	if i == start {
		return 0, false, false, 0
	}
	if over {
		magnitude = math.MaxUint64
	}
	return magnitude, negative, over, i
}

// cBase returns the base of a number and the length of its prefix.
func cBase(s string) (base uint64, width int) {
	switch {
	case len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && digit(s[2]) < 16:
		return 16, 2
	case len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'b' && digit(s[2]) < 2:
		return 2, 2
	case len(s) > 0 && s[0] == '0':
		return 8, 0
	}
	return 10, 0
}

// scanWord reads a number of 32 bits at the start of s, like scanf's %i: digits that do not fit are
// ignored, and "0x" or "0b" without digits is not a number.
func scanWord(s string, v *uint32) (n int, ok bool) {
	number, _, n := cSigned(s)
	*v = uint32(number)
	lone := n == 1 || n > 1 && digit(s[n-2]) > 9 // one digit
	return n, n > 0 && (!lone || s[n-1] != '0' || n == len(s) || s[n]|0x20 != 'x' && s[n]|0x20 != 'b')
}

// digit returns the value of a digit of any base, or something larger.
func digit(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return uint64(c|0x20-'a') + 10
	}
	return 99
}

// cSigned reads a long at the start of s, like strtol: out of range it saturates.
func cSigned(s string) (v int64, over bool, n int) {
	m, negative, over, n := cInteger(s, 0)
	switch {
	case negative && m > 1<<63:
		return math.MinInt64, true, n
	case negative:
		return -int64(m), over, n
	case m > math.MaxInt64:
		return math.MaxInt64, true, n
	}
	return int64(m), over, n
}

// parseLong reads all of s as a long.
func parseLong(s string) (v int64, ok bool) {
	v, over, n := cSigned(s)
	return v, n > 0 && n == len(s) && !over
}

// cUnsigned reads an unsigned long at the start of s, like strtoul: a minus wraps around.
func cUnsigned(s string) (v uint64, over bool, n int) {
	m, negative, over, n := cInteger(s, 0)
	if negative && !over {
		m = -m
	}
	return m, over, n
}

// parseUint32 reads all of s as a number of 32 bits.
func parseUint32(s string) (v uint32, ok bool) {
	m, over, n := cUnsigned(s)
	return uint32(m), n > 0 && n == len(s) && !over && m <= math.MaxUint32
}
