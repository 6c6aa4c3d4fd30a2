package render

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strings"
)

// Compare orders two values: numbers by size, texts by bytes, addresses by family and number. Values of
// different kinds are ordered by kind, so that absent comes first.
func (v *Value) Compare(w *Value) int {
	if v.kind != w.kind {
		return cmp.Compare(v.kind, w.kind)
	}
	switch v.kind {
	case KindUnsigned, KindByteSize, KindBitRate, KindBoolean:
		return cmp.Compare(v.num, w.num)
	case KindSigned, KindDuration, KindTime:
		return cmp.Compare(int64(v.num), int64(w.num))
	case KindDecimal:
		return cmp.Compare(math.Float64frombits(v.num), math.Float64frombits(w.num))
	case KindAddress, KindEndpoint, KindNetwork:
		return cmp.Or(v.addr.Compare(w.addr), cmp.Compare(v.aux, w.aux))
	case KindString:
		return v.compareText(w)
	case KindObjects:
		return cmp.Compare(v.list.Len(), w.list.Len())
	default:
		return 0
	}
}

// Prefix returns the first 96 bits of what [Value.Compare] orders values of one kind by, as two numbers: of
// values whose numbers differ the lower ones come first. Those with the same numbers are equal if both are
// exact.
func (v *Value) Prefix() (high uint64, low uint32, exact bool) {
	const sign = 1 << 63
	switch v.kind {
	case KindUnsigned, KindByteSize, KindBitRate, KindBoolean:
		return v.num, 0, true
	case KindSigned, KindDuration, KindTime:
		return v.num ^ sign, 0, true
	case KindDecimal:
		if v.num&sign != 0 && v.num != sign { // a negative number, but not -0
			return ^v.num, 0, true
		}
		return v.num | sign, 0, true
	case KindAddress, KindEndpoint, KindNetwork:
		return v.prefixAddr()
	case KindString:
		return v.prefixText()
	default:
		return 0, 0, false
	}
}

// prefixAddr has the family in the first two bits, then all of an IPv4 address, or the beginning of another.
func (v *Value) prefixAddr() (high uint64, low uint32, exact bool) {
	switch {
	case v.addr.Is4():
		b := v.addr.As4()
		return 1<<62 | uint64(binary.BigEndian.Uint32(b[:]))<<16 | uint64(v.aux), 0, true
	case v.addr.Is6():
		b := v.addr.As16()
		first, second := binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
		return 2<<62 | first>>2, uint32(first<<30) | uint32(second>>34), false
	default:
		return uint64(v.aux), 0, true
	}
}

// prefixText has eleven bytes and how many of them are of the text: 12 if it goes on.
func (v *Value) prefixText() (high uint64, low uint32, exact bool) {
	const room = 11
	var b [room + 1]byte
	n := copy(b[:room], v.name)
	if v.name == "" {
		n = copy(b[:room], v.text)
	}
	b[room] = byte(n)
	if exact = max(len(v.name), len(v.text)) <= room; !exact {
		b[room]++
	}
	return binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint32(b[8:]), exact
}

// compareText compares texts however they are held.
func (v *Value) compareText(w *Value) int {
	switch {
	case v.name == "" && w.name == "":
		return bytes.Compare(v.text, w.text)
	case v.name != "" && w.name != "":
		return strings.Compare(v.name, w.name)
	case v.name != "":
		return strings.Compare(v.name, string(w.text))
	default:
		return strings.Compare(string(v.text), w.name)
	}
}

// keep returns a copy of v that outlives the row, with its text appended to buf.
func (v *Value) keep(buf []byte) (Value, []byte) {
	c := *v
	switch {
	case v.kind == KindObjects:
		at := len(buf)
		buf = v.list.AppendText(buf)
		c = Value{kind: KindString, text: buf[at:len(buf):len(buf)]}
	case v.text != nil:
		at := len(buf)
		buf = append(buf, v.text...)
		c.text = buf[at:len(buf):len(buf)]
	}
	return c, buf
}
