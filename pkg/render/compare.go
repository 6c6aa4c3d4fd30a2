package render

import (
	"bytes"
	"cmp"
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

// compareText compares texts in either representation.
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
