package ss

import (
	"math"
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
)

// appendUint appends a key, with the blank before it, and a decimal number.
func appendUint[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | int](b []byte, key string, v T) []byte {
	return strconv.AppendUint(append(b, key...), uint64(v), 10)
}

// appendNonzero appends key and number unless it is 0, as for most keys of -i.
func appendNonzero[T ~uint8 | ~uint16 | ~uint32 | ~uint64](b []byte, key string, v T) []byte {
	if v == 0 {
		return b
	}
	return strconv.AppendUint(append(b, key...), uint64(v), 10)
}

// appendSigned is appendNonzero for numbers that are signed in ss.
func appendSigned(b []byte, key string, v uint32) []byte {
	if v == 0 {
		return b
	}
	return strconv.AppendInt(append(b, key...), int64(int32(v)), 10)
}

// appendG appends v like C's %g: six significant digits, no trailing zeros, an exponent of at least
// two digits below 1e-4 and from 1e6 on.
func appendG(b []byte, v float64) []byte {
	if v >= 0 && v < 1e6 && v == math.Trunc(v) && (v != 0 || !math.Signbit(v)) {
		return strconv.AppendUint(b, uint64(v), 10)
	}
	switch {
	case math.IsInf(v, 1):
		return append(b, "inf"...)
	case math.IsInf(v, -1):
		return append(b, "-inf"...)
	case math.IsNaN(v):
		return append(b, "nan"...)
	}
	return strconv.AppendFloat(b, v, 'g', 6, 64)
}

// appendMillis appends a number of microseconds as milliseconds, like C's %g of v/1000.
func appendMillis(b []byte, v diag.Microseconds) []byte {
	if v >= 1e6 { // more than six digits: to be rounded
		return appendG(b, float64(v)/1000)
	}
	b = strconv.AppendUint(b, uint64(v/1000), 10)
	frac := v % 1000
	if frac == 0 {
		return b
	}
	b = append(b, '.', byte('0'+frac/100), byte('0'+frac/10%10), byte('0'+frac%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// appendRate appends a bandwidth in bits per second. Its three digits are rounded like C's %.3g, so
// that 999.7 k becomes 1e+03k.
func appendRate(b []byte, bits float64, numeric bool) []byte {
	if numeric {
		return strconv.AppendFloat(b, bits, 'f', 0, 64)
	}
	for _, u := range [...]struct {
		unit byte
		size float64
	}{{'T', 1e12}, {'G', 1e9}, {'M', 1e6}, {'k', 1e3}} {
		if bits >= u.size {
			return append(strconv.AppendFloat(b, bits/u.size, 'g', 3, 64), u.unit)
		}
	}
	return appendG(b, bits)
}

// appendTime appends the time until a timer fires, in milliseconds; longer times have a lower resolution.
func appendTime(b []byte, ms uint64) []byte {
	minutes := ms / 60000
	sec := ms / 1000 % 60
	ms %= 1000
	if minutes > 0 {
		b = append(strconv.AppendUint(b, minutes, 10), "min"...)
		ms = 0
		if minutes > 9 {
			sec = 0
		}
	}
	if sec > 0 {
		if sec > 9 {
			ms = 0
		}
		b = strconv.AppendUint(b, sec, 10)
		if ms == 0 {
			return append(b, "sec"...)
		}
		b = append(b, '.')
	}
	if ms == 0 {
		return b
	}
	b = append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	if sec > 0 {
		return append(b, "sec"...)
	}
	return append(b, "ms"...)
}

// appendHex appends v in hexadecimal.
func appendHex(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 16) }

// appendSharpHex appends v like C's %#x: 0 has no prefix.
func appendSharpHex(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	return appendHex(append(b, "0x"...), v)
}
