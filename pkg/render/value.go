package render

import (
	"math"
	"net/netip"
	"time"
)

// A Kind is the kind of a [Value], which determines its unit and its JSON type.
type Kind uint8

// The kinds of values.
const (
	KindNone     Kind = iota // absent: "-" in text, null in JSON, empty in CSV
	KindUnsigned             // a count or an identifier: JSON number
	KindSigned               // JSON number
	KindByteSize             // bytes: JSON number
	KindBitRate              // bits a second: JSON number
	KindDuration             // JSON number in microseconds, with a fraction if there is one
	KindDecimal              // JSON number
	KindBoolean              // JSON true or false
	KindString               // JSON string
	KindAddress              // an IP address: JSON string without brackets
	KindEndpoint             // IP address and port: JSON string, IPv6 in brackets
	KindNetwork              // address/bits: JSON string
	KindTime                 // a point in time: JSON string, RFC 3339 in UTC with microseconds
	KindObjects              // JSON array
)

var kindNames = [...]string{
	KindNone: "none", KindUnsigned: "uint", KindSigned: "int", KindByteSize: "bytes", KindBitRate: "bits/s",
	KindDuration: "duration", KindDecimal: "float", KindBoolean: "bool", KindString: "string",
	KindAddress:  "address",
	KindEndpoint: "endpoint", KindNetwork: "network", KindTime: "time", KindObjects: "list",
}

// String returns the name that documentation uses for the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// A Value is one cell, independent of a format. It is a plain value, and creating one allocates
// nothing. The zero Value is absent, which is not the same as zero or the empty text.
type Value struct {
	addr netip.Addr
	text []byte
	name string
	list List
	num  uint64
	aux  uint16 // port or prefix length
	kind Kind
}

// A List is a cell of several objects, such as the owners of a socket.
type List interface {
	// Len returns the number of objects.
	Len() int
	// AppendText appends the form for text. The caller escapes control bytes.
	AppendText(dst []byte) []byte
	// AppendJSON appends a JSON array; [AppendJSONString] quotes texts for it.
	AppendJSON(dst []byte) []byte
}

// Uint returns a count or an identifier.
func Uint(n uint64) Value { return Value{kind: KindUnsigned, num: n} }

// Int returns a signed number.
func Int(n int64) Value { return Value{kind: KindSigned, num: uint64(n)} }

// Bytes returns a size in bytes.
func Bytes(n uint64) Value { return Value{kind: KindByteSize, num: n} }

// Bits returns a rate in bits a second.
func Bits(n uint64) Value { return Value{kind: KindBitRate, num: n} }

// Dur returns a duration.
func Dur(d time.Duration) Value { return Value{kind: KindDuration, num: uint64(d)} }

// Float returns a decimal number; NaN and the infinities, which JSON lacks, are absent.
func Float(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return Value{kind: KindDecimal, num: math.Float64bits(f)}
}

// Bool returns a truth value.
func Bool(b bool) Value {
	v := Value{kind: KindBoolean}
	if b {
		v.num = 1
	}
	return v
}

// Text returns a text cell. The Value is a view of b and valid as long as b.
func Text(b []byte) Value { return Value{kind: KindString, text: b} }

// Name returns a text cell from a string; "" is absent.
func Name(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{kind: KindString, name: s}
}

// Addr returns an IP address cell; an invalid address is absent.
func Addr(a netip.Addr) Value {
	if !a.IsValid() {
		return Value{}
	}
	return Value{kind: KindAddress, addr: a}
}

// AddrPort returns an address and port cell; an invalid address is absent.
func AddrPort(ap netip.AddrPort) Value {
	if !ap.Addr().IsValid() {
		return Value{}
	}
	return Value{kind: KindEndpoint, addr: ap.Addr(), aux: ap.Port()}
}

// Prefix returns a network cell; an invalid prefix is absent.
func Prefix(p netip.Prefix) Value {
	if !p.IsValid() {
		return Value{}
	}
	return Value{kind: KindNetwork, addr: p.Addr(), aux: uint16(p.Bits())}
}

// At returns a point in time; the zero time is absent.
func At(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{kind: KindTime, num: uint64(t.UnixMicro())}
}

// Items returns a cell of several objects; nil is absent. The Value is a view of l.
func Items(l List) Value {
	if l == nil {
		return Value{}
	}
	return Value{kind: KindObjects, list: l}
}

// Kind returns the kind of v; [KindNone] if it is absent.
func (v *Value) Kind() Kind { return v.kind }

// Uint returns the number of an unsigned, byte, bit rate or boolean value, the bits of the others.
func (v *Value) Uint() uint64 { return v.num }

// Int returns the number of a signed value, and of a duration in nanoseconds.
func (v *Value) Int() int64 { return int64(v.num) }

// Addr returns the address of an address, endpoint or network value.
func (v *Value) Addr() netip.Addr { return v.addr }

// Port returns the port of an endpoint value or the length of a network's prefix.
func (v *Value) Port() uint16 { return v.aux }

// List returns the objects of a list value.
func (v *Value) List() List { return v.list }

// Number returns a numeric value as a float, durations in seconds; ok reports whether v is numeric.
func (v *Value) Number() (f float64, ok bool) {
	switch v.kind {
	case KindUnsigned, KindByteSize, KindBitRate, KindBoolean:
		return float64(v.num), true
	case KindSigned:
		return float64(int64(v.num)), true
	case KindDuration:
		return time.Duration(v.num).Seconds(), true
	case KindDecimal:
		return math.Float64frombits(v.num), true
	default:
		return 0, false
	}
}
