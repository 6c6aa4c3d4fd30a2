package render

import (
	"math"
	"net/netip"
	"strconv"
	"time"
)

// Append appends the plain form of v: base units, nothing for an absent value. Texts are not
// escaped; see [AppendClean].
func (v *Value) Append(dst []byte) []byte {
	switch v.kind {
	case KindUnsigned, KindByteSize, KindBitRate:
		return strconv.AppendUint(dst, v.num, 10)
	case KindSigned:
		return strconv.AppendInt(dst, int64(v.num), 10)
	case KindDuration:
		return appendMicros(dst, time.Duration(v.num))
	case KindDecimal:
		return strconv.AppendFloat(dst, math.Float64frombits(v.num), 'g', -1, 64)
	case KindBoolean:
		return strconv.AppendBool(dst, v.num != 0)
	case KindString:
		return append(append(dst, v.text...), v.name...) // one of them is empty
	case KindAddress:
		return v.addr.AppendTo(dst)
	case KindEndpoint:
		return netip.AddrPortFrom(v.addr, v.aux).AppendTo(dst)
	case KindNetwork:
		return netip.PrefixFrom(v.addr, int(v.aux)).AppendTo(dst)
	case KindTime:
		return time.UnixMicro(int64(v.num)).UTC().AppendFormat(dst, timeLayout)
	case KindObjects:
		return v.list.AppendText(dst)
	default:
		return dst
	}
}

// timeLayout is RFC 3339 with a fixed number of digits, so that times sort as texts.
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

// AppendJSON appends v as a JSON value: numbers stay numbers, in base units; absent is null.
func (v *Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case KindNone:
		return append(dst, "null"...)
	case KindString:
		if v.name != "" {
			return AppendJSONString(dst, v.name)
		}
		return AppendJSONString(dst, v.text)
	case KindDecimal:
		return appendJSONFloat(dst, math.Float64frombits(v.num))
	case KindObjects:
		return v.list.AppendJSON(dst)
	case KindAddress, KindEndpoint, KindNetwork, KindTime:
		return append(v.Append(append(dst, '"')), '"')
	default:
		return v.Append(dst)
	}
}

// AppendHuman appends the form for tables: sizes, rates and durations with units.
func (v *Value) AppendHuman(dst []byte) []byte {
	switch v.kind {
	case KindNone:
		return append(dst, '-')
	case KindByteSize:
		return AppendSize(dst, v.num)
	case KindBitRate:
		return AppendBitRate(dst, v.num)
	case KindDuration:
		return AppendDuration(dst, time.Duration(v.num))
	case KindDecimal:
		return strconv.AppendFloat(dst, math.Float64frombits(v.num), 'f', 1, 64)
	case KindBoolean:
		if v.num != 0 {
			return append(dst, "yes"...)
		}
		return append(dst, "no"...)
	case KindTime:
		return time.UnixMicro(int64(v.num)).AppendFormat(dst, time.TimeOnly)
	default:
		return v.Append(dst)
	}
}

// appendJSONFloat avoids the exponent that 'g' would write without a digit before it; JSON accepts
// all other forms of strconv except infinities, which [Float] excludes.
func appendJSONFloat(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendMicros appends d in microseconds; nanoseconds are a fraction without trailing zeros.
func appendMicros(dst []byte, d time.Duration) []byte {
	us, ns := int64(d)/1000, int64(d)%1000
	if ns < 0 {
		ns = -ns
		if us == 0 {
			dst = append(dst, '-')
		}
	}
	dst = strconv.AppendInt(dst, us, 10)
	if ns == 0 {
		return dst
	}
	frac := [4]byte{'.', byte('0' + ns/100), byte('0' + ns/10%10), byte('0' + ns%10)}
	n := len(frac)
	for frac[n-1] == '0' {
		n--
	}
	return append(dst, frac[:n]...)
}
