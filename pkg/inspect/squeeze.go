package inspect

// Kernel messages are mostly zeros: an IPv4 address has room for an IPv6 one, timers do not run, queues are
// empty, numbers are small. Without them, what a watch keeps of a connection takes 50 bytes instead of 114.
// The form is the length in two bytes, then for each eight bytes a mask with a bit for each that is not zero,
// and these.

// longestSqueezed is the longest string that can be squeezed.
const longestSqueezed = 1<<16 - 1

// squeeze appends b, of at most longestSqueezed bytes, without its zeros.
func squeeze(dst, b []byte) []byte {
	dst = append(dst, byte(len(b)), byte(len(b)>>8))
	for len(b) > 0 {
		group := b[:min(len(b), 8)]
		b = b[len(group):]
		mask := len(dst)
		dst = append(dst, 0)
		for i, c := range group {
			if c != 0 {
				dst[mask] |= 1 << i
				dst = append(dst, c)
			}
		}
	}
	return dst
}

// expand appends what was squeezed; ok is false for bytes that squeeze does not write.
func expand(dst, b []byte) (_ []byte, ok bool) {
	if len(b) < 2 {
		return dst, false
	}
	left := int(b[0]) | int(b[1])<<8
	for b = b[2:]; left > 0; left -= 8 {
		if len(b) == 0 {
			return dst, false
		}
		mask := b[0]
		b = b[1:]
		for i := range min(left, 8) {
			switch {
			case mask&(1<<i) == 0:
				dst = append(dst, 0)
			case len(b) == 0:
				return dst, false
			default:
				dst = append(dst, b[0])
				b = b[1:]
			}
		}
	}
	return dst, len(b) == 0
}
