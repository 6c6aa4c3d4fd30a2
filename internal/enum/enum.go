// Package enum names the constants of the public packages.
package enum

import (
	"math/bits"
	"strconv"
)

// Name returns the name of a value, or prefix and its number where it has none.
func Name[T ~uint8 | ~uint16 | ~uint32](names []string, v T, prefix string) string {
	if uint64(v) < uint64(len(names)) && names[v] != "" {
		return names[v]
	}
	return prefix + strconv.FormatUint(uint64(v), 10)
}

// AppendFlags appends the names of the bits that are set, joined by commas, and "bit" and its number for one
// that has none.
func AppendFlags[T ~uint8 | ~uint16 | ~uint32](dst []byte, names []string, v T) []byte {
	start := len(dst)
	for rest := uint64(v); rest != 0; rest &= rest - 1 {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, Name(names, uint8(bits.TrailingZeros64(rest)), "bit")...)
	}
	return dst
}

// Flags returns what AppendFlags appends.
func Flags[T ~uint8 | ~uint16 | ~uint32](names []string, v T) string {
	return string(AppendFlags(nil, names, v))
}
