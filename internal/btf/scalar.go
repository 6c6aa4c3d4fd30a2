package btf

import (
	"encoding/binary"
	"math"
	"strconv"
	"syscall"
)

// This file prints scalar values.

// word reads n bytes, at most 8, as an unsigned number.
func word(b []byte) (u uint64) {
	for i := range b {
		if littleEndian {
			u |= uint64(b[i]) << (8 * i)
		} else {
			u = u<<8 | uint64(b[i])
		}
	}
	return u
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// signed extends the sign of a number of n bytes.
func signed(u uint64, n uint32) int64 {
	shift := 64 - 8*n
	return int64(u<<shift) >> shift
}

func (v *value) number(u uint64, n uint32, sign bool) {
	if sign {
		v.b = strconv.AppendInt(v.b, signed(u, n), 10)
	} else {
		v.b = strconv.AppendUint(v.b, u, 10)
	}
	v.delimit()
}

func (v *value) hex(u uint64) {
	v.b = strconv.AppendUint(append(v.b, "0x"...), u, 16)
	v.delimit()
}

// intSigned is a bit of the encoding of integers.
const intSigned = 1 << 24 // BTF_INT_SIGNED

func (v *value) integer(typ *Type, p place) syscall.Errno {
	sign := u32(typ.Tail)&intSigned != 0
	size := typ.Ref
	switch size {
	case 1, 2, 4, 8:
		u := word(v.data[p.off:][:size])
		if size == 1 && v.chars && v.char(byte(u)) {
			return 0
		}
		v.number(u, size, sign)
	case 16:
		low, high := word(v.data[p.off:][:8]), word(v.data[p.off+8:][:8])
		if !littleEndian {
			low, high = high, low
		}
		if high == 0 {
			v.hex(low)
			return 0
		}
		v.b = strconv.AppendUint(append(v.b, "0x"...), high, 16)
		digits := strconv.AppendUint(nil, low, 16)
		v.b = append(append(v.b, "0000000000000000"[len(digits):]...), digits...)
		v.delimit()
	default:
		if size == 0 || size > 16 {
			return v.warn("unexpected size %d for id [%d]", int32(size), p.id)
		}
		return v.warn("unexpected sz %d for id [%d]", size, p.id)
	}
	return 0
}

// char prints a byte, as a character if it is printable. After a NUL outside of arrays nothing more is
// printed, not even the end of the line, as in the library.
func (v *value) char(c byte) bool {
	if v.terminated {
		return true
	}
	if c == 0 {
		v.terminated = true
		v.b = append(v.b, `'\0'`...)
		v.delimit()
		return true
	}
	if c < ' ' || c > '~' {
		return false
	}
	v.b = append(v.b, '\'', c, '\'')
	v.delimit()
	return true
}

// bitfield reads some bits of a number.
func (v *value) bitfield(typ *Type, p place) (uint64, syscall.Errno) {
	if typ.Ref > 8 {
		return 0, v.warn("unexpected bitfield size %d", int32(typ.Ref))
	}
	used := p.width + p.bit
	if !littleEndian {
		used = uint8(typ.Ref)*8 - p.bit
	}
	var whole [8]byte // bytes beyond the end of the value are 0
	copy(whole[:typ.Ref], v.data[min(p.off, uint64(len(v.data))):])
	// Shift counts are modulo 64, as on most machines; in C they are undefined.
	return word(whole[:typ.Ref]) << ((64 - used) & 63) >> ((64 - p.width) & 63), 0
}

func (v *value) bits(typ *Type, p place) syscall.Errno {
	u, errno := v.bitfield(typ, p)
	if errno == 0 {
		v.hex(u)
	}
	return errno
}

// aligned reports whether a part is aligned to its size.
func (v *value) aligned(p place, size uint32) bool {
	n := min(size, uint32(v.types.pointer))
	return n > 0 && (uint64(v.layout.Address)+p.off)%uint64(n) == 0
}

func (v *value) ptr(p place) {
	u := word(v.data[p.off:][:v.types.pointer])
	if u == 0 && v.types.pointer == 8 && v.aligned(p, 8) {
		v.b = append(v.b, "(nil)"...)
		v.delimit()
		return
	}
	v.hex(u)
}

func (v *value) float(typ *Type, p place) syscall.Errno {
	b := v.data[p.off:]
	var f float64
	switch typ.Ref {
	case 4:
		f = float64(math.Float32frombits(u32(b)))
	case 8:
		f = math.Float64frombits(word(b[:8]))
	case 16:
		f = longDouble(b[:16])
	default:
		return v.warn("unexpected size %d for id [%d]", int32(typ.Ref), p.id)
	}
	v.b = appendFloat(v.b, f)
	v.delimit()
	return 0
}

// longDouble converts the 80 bits of x86 to a float64, with rounding; BPF programs cannot produce any.
func longDouble(b []byte) float64 {
	exp := int(b[8]) | int(b[9]&0x7f)<<8
	mantissa := word(b[:8])
	f := math.Ldexp(float64(mantissa), exp-16383-63)
	if exp == 0x7fff {
		f = math.Inf(1)
		if mantissa<<1 != 0 {
			f = math.NaN()
		}
	}
	if b[9]&0x80 != 0 {
		return math.Copysign(f, -1)
	}
	return f
}

// appendFloat appends a number as C's %f does.
func appendFloat(b []byte, f float64) []byte {
	if math.Signbit(f) {
		b = append(b, '-')
		f = math.Copysign(f, 1)
	}
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 0):
		return append(b, "inf"...)
	}
	return strconv.AppendFloat(b, f, 'f', 6, 64)
}

// enumerated reads the number of an enumeration.
func (v *value) enumerated(typ *Type, p place) (int64, syscall.Errno) {
	if p.width == 0 && !v.aligned(p, typ.Ref) {
		if typ.Ref > 8 {
			return 0, v.warn("unexpected bitfield size %d", int32(typ.Ref))
		}
		return 0, 0 // treated as a bitfield of no bits
	}
	if s := typ.Ref; s != 1 && s != 2 && s != 4 && s != 8 {
		return 0, v.warn("unexpected size %d for enum, id:[%d]", int32(s), p.id)
	}
	u, errno := v.bitfield(typ, p)
	if errno != 0 {
		return 0, errno
	}
	n := signed(u, typ.Ref)
	if !typ.Flag && typ.Ref < 8 {
		n = int64(uint64(n) & (1<<(8*typ.Ref) - 1))
	}
	return n, 0
}

// namesPerVisit is the number of compared names of an enumeration that count as one visit: the number of
// values of a byte.
const namesPerVisit = 257

func (v *value) enum(typ *Type, p place) syscall.Errno {
	n, errno := v.enumerated(typ, p)
	if errno != 0 {
		return errno
	}
	each := tails[typ.Kind].each
	v.visits += len(typ.Tail) / each / namesPerVisit
	for b := typ.Tail; len(b) >= each; b = b[each:] {
		val := int64(int32(u32(b[4:])))
		if typ.Kind == Enum64 {
			val = int64(uint64(u32(b[4:])) | uint64(u32(b[8:]))<<32)
		}
		if val == n {
			v.b = append(v.b, v.types.file.NameAt(u32(b))...)
			v.delimit()
			return 0
		}
	}
	switch { // the library forgets to end the part after a signed number that has no name
	case typ.Kind == Enum && typ.Flag:
		v.b = strconv.AppendInt(v.b, int64(int32(n)), 10)
		return 0
	case typ.Kind == Enum:
		v.b = strconv.AppendUint(v.b, uint64(uint32(n)), 10)
	case typ.Flag:
		v.b = append(strconv.AppendInt(v.b, n, 10), "LL"...)
		return 0
	default:
		v.b = append(strconv.AppendUint(v.b, uint64(n), 10), "ULL"...)
	}
	v.delimit()
	return 0
}
