package btf

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"
)

// sample is the BTF of struct s { int n; char c[4]; }, which is type 4.
func sample() *maker {
	m := newMaker()
	c := m.array(charID, 4)
	m.add(Struct, "s", 2, 8, m.name("n"), intID, 0, m.name("c"), c, 32)
	return m
}

func TestDump(t *testing.T) {
	types := sample().parse(t)
	val := append(words(nil, 7), "ab\x00c"...)
	for _, c := range []struct {
		name   string
		id     uint32
		layout Layout
		want   string
	}{
		{"int", intID, Layout{Compact: true}, "(int)7"},
		{"compact", 4, Layout{Compact: true}, `(struct s){.n = (int)7,.c = (char[4])['a','b','\0',],}`},
		{"lines", 4, Layout{Indent: 1}, "\t(struct s){\n\t\t.n = (int)7,\n\t\t.c = (char[4])[\n" +
			"\t\t\t'a',\n\t\t\t'b',\n\t\t\t'\\0',\n\t\t],\n\t}"},
	} {
		got, warnings, err := NewDumper(types).Append(nil, c.id, val, c.layout)
		if string(got) != c.want || len(warnings) != 0 || err != nil {
			t.Errorf("%s: %q, %q, %v, want %q", c.name, got, warnings, err, c.want)
		}
	}
}

// A valueTest is a type, which make adds and returns, with a value and its text in one line.
type valueTest struct {
	name string
	make func(m *maker) uint32
	val  []byte
	want string
}

// alone is a type that needs no other.
func alone(kind Kind, name string, vlen, ref uint32, tail ...uint32) func(*maker) uint32 {
	return func(m *maker) uint32 { return m.add(kind, name, vlen, ref, tail...) }
}

var ones = words(nil, math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32)

var scalarTests = []valueTest{
	{"signed byte", alone(Int, "s8", 0, 1, intSigned|8), ones, "(s8)-1"},
	{"byte", alone(Int, "u8", 0, 1, 8), ones, "(u8)255"},
	{"signed 16", alone(Int, "s16", 0, 2, intSigned|16), ones, "(s16)-1"},
	{"16", alone(Int, "u16", 0, 2, 16), ones, "(u16)65535"},
	{"32", alone(Int, "u32", 0, 4, 32), ones, "(u32)4294967295"},
	{"signed 64", alone(Int, "s64", 0, 8, intSigned|64), ones, "(s64)-1"},
	{"64", alone(Int, "u64", 0, 8, 64), ones, "(u64)18446744073709551615"},
	{"128", alone(Int, "u128", 0, 16, 128), ones, "(u128)0xffffffffffffffffffffffffffffffff"},
	{"128, low half", alone(Int, "u128", 0, 16, 128), quad(0x1f, 0), "(u128)0x1f"},
	{"128, digits between", alone(Int, "u128", 0, 16, 128), quad(0x1f, 2), "(u128)0x2000000000000001f"},
	{"a character outside of arrays", func(*maker) uint32 { return charID }, []byte("a"), "(char)97"},

	{"float", alone(Float, "float", 0, 4), words(nil, math.Float32bits(-1.5)), "(float)-1.500000"},
	{"double", alone(Float, "double", 0, 8), double(0.1), "(double)0.100000"},
	{"infinite", alone(Float, "double", 0, 8), double(math.Inf(-1)), "(double)-inf"},
	{"no number", alone(Float, "double", 0, 8), double(math.NaN()), "(double)nan"},
	{"long double", alone(Float, "long double", 0, 16), extended(0xc000, 1<<63), "(long double)-2.000000"},
	{"long double, infinite", alone(Float, "long double", 0, 16), extended(0x7fff, 1<<63), "(long double)inf"},
	{"long double, no number", alone(Float, "long double", 0, 16), extended(0x7fff, 3<<62), "(long double)nan"},

	{"pointer", func(m *maker) uint32 { return m.ptr(0) }, wide(0xabc), "(void *)0xabc"},
	{"null", func(m *maker) uint32 { return m.ptr(charID) }, wide(0), "(char *)(nil)"},
	{"pointer of 4 bytes", func(m *maker) uint32 {
		m.add(Int, "long int", 0, 4, intSigned|32)
		return m.ptr(intID)
	}, words(nil, 0), "(int *)0x0"},

	{"enum", alone(Enum, "", 2, 4, 1, 0, 1, 1), words(nil, 1), "(enum )int"}, // the name at 1 is int's
	{"enum of another value", alone(Enum, "", 1, 4, 1, 0), ones, "(enum )4294967295"},
	{"signed enum", alone(Enum, "", 1|flagged, 4, 1, math.MaxUint32), ones, "(enum )int"},
	{"signed enum of another value", alone(Enum, "", 1|flagged, 4, 1, 0), ones, "(enum )-1"},
	{"enum of a byte", alone(Enum, "", 1, 1, 1, 200), []byte{200}, "(enum )int"},
	{"enum of 64 bits", alone(Enum64, "", 1, 8, 1, 1, 2), wide(2<<32 | 1), "(enum )int"},
	{"enum of 64 bits, another value", alone(Enum64, "", 1, 8, 1, 1, 2), wide(1), "(enum )1ULL"},
	{"signed enum of 64 bits, another value", alone(Enum64, "", 1|flagged, 8, 1, 1, 2), ones, "(enum )-1LL"},
}

// quad is a number of 128 bits.
func quad(low, high uint64) []byte {
	if !littleEndian {
		low, high = high, low
	}
	return append(wide(low), wide(high)...)
}

// wide is a number of 64 bits.
func wide(u uint64) []byte {
	low, high := uint32(u), uint32(u>>32)
	if !littleEndian {
		low, high = high, low
	}
	return words(nil, low, high)
}

func double(f float64) []byte { return wide(math.Float64bits(f)) }

// extended is a number in the 80 bits of x86, in memory of 16 bytes.
func extended(exponent uint16, mantissa uint64) []byte {
	return append(wide(mantissa), byte(exponent), byte(exponent>>8), 0, 0, 0, 0, 0, 0)
}

func TestScalars(t *testing.T) { testValues(t, scalarTests) }

func testValues(t *testing.T, tests []valueTest) {
	t.Helper()
	for _, c := range tests {
		m := newMaker()
		id := c.make(m)
		got, warnings, err := NewDumper(m.parse(t)).Append(nil, id, c.val, Layout{Compact: true})
		if string(got) != c.want || len(warnings) != 0 || err != nil {
			t.Errorf("%s: %q, %q, %v, want %q", c.name, got, warnings, err, c.want)
		}
	}
}

// TestUnaligned has what the library prints otherwise where it is not aligned.
func TestUnaligned(t *testing.T) {
	m := newMaker()
	p, e := m.ptr(0), m.add(Enum, "", 1|flagged, 4, 1, math.MaxUint32)
	d := NewDumper(m.parse(t))
	for _, c := range []struct {
		id   uint32
		val  []byte
		want string
	}{{p, wide(0), "(void *)0x0"}, {e, ones, "(enum )0"}} {
		got, _, err := d.Append(nil, c.id, c.val, Layout{Compact: true, Address: 1})
		if string(got) != c.want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, c.want)
		}
	}
}

// TestFailures has values that cannot be printed. What was printed until then stays.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name          string
		make          func(m *maker) uint32
		val           []byte
		want, warning string
		err           syscall.Errno
	}{
		{"no type", func(*maker) uint32 { return 0 }, ones, "", "", errNone},
		{"a type that is not there", (*maker).next, ones, "", "", errNone},
		{"value too short", func(*maker) uint32 { return intID }, ones[:3], "", "", errTooMuch},
		{"no value", func(*maker) uint32 { return charID }, nil, "", "", errTooMuch},
		{"second member too short", func(m *maker) uint32 {
			return m.add(Struct, "s", 2, 8, 0, intID, 0, 0, intID, 32)
		}, words(nil, 1, 2)[:7], "(struct s){(int)1,", "", errTooMuch},
		{"bitfield beyond the value", func(m *maker) uint32 {
			return m.add(Struct, "s", 1|flagged, 8, 0, intID, 2<<24|31)
		}, ones[:4], "(struct s){", "", errTooMuch},
		{"bitfield of a large type", func(m *maker) uint32 {
			return m.add(Struct, "s", 1|flagged, 16, 0, m.add(Int, "u128", 0, 16, 128), 2<<24)
		}, ones, "(struct s){(u128)", "unexpected bitfield size 16", errInvalid},
		{"size of an int", alone(Int, "i", 0, 3, 24), ones, "(i)", "unexpected sz 3", errInvalid},
		{"large size of an int", alone(Int, "i", 0, 17, 136), make([]byte, 17), "(i)", "unexpected size 17", errInvalid},
		{"size of a float", alone(Float, "f", 0, 12), ones, "(f)", "unexpected size 12", errInvalid},
		{"size of an enum", alone(Enum, "", 0, 3), ones, "(enum )", "unexpected size 3 for enum", errInvalid},
		{"large size of an enum", alone(Enum, "", 0, 16), ones, "(enum )", "unexpected size 16 for enum", errInvalid},
		{
			"array of nothing", func(m *maker) uint32 { return m.array(m.add(Struct, "e", 0, 0), 2) }, ones,
			"(struct e[2])", "unexpected elem size 0", errInvalid,
		},
		{"function", alone(FuncProto, "", 0, 0), ones, "", "unexpected size", errInvalid},
		{"variable", alone(Var, "v", 0, intID, 0), ones, "(v)<unsupported kind:14>", "", syscall.ENOTSUP},
	} {
		m := newMaker()
		id := c.make(m)
		got, warnings, err := NewDumper(m.parse(t)).Append(nil, id, c.val, Layout{Compact: true})
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, err, c.want, c.err)
		}
		if !strings.Contains(string(warnings), c.warning) || (c.warning == "") != (len(warnings) == 0) {
			t.Errorf("%s: warnings %q, want %q", c.name, warnings, c.warning)
		}
	}
}

// FuzzDump checks that no file and no value makes it panic or print without end. The header is a good one,
// so that the fuzzer spends its time behind it.
func FuzzDump(f *testing.F) {
	f.Add(sample().types, sample().names, uint32(4), []byte("1234abcd"), uint8(0))
	for _, tests := range [][]valueTest{scalarTests, compoundTests, declarationTests} {
		for _, c := range tests {
			m := newMaker()
			f.Add(m.types, m.names, c.make(m), c.val, uint8(1))
			f.Add(m.types, m.names, m.n, c.val, uint8(0))
		}
	}
	f.Fuzz(func(t *testing.T, section, names []byte, id uint32, val []byte, address uint8) {
		types, err := Parse(sections(section, names))
		if err != nil {
			return
		}
		d := NewDumper(types)
		for _, l := range []Layout{{Indent: 2, Address: int(address % 8)}, {Compact: true}} {
			if b, _, _ := d.Append(nil, id, val, l); len(b) > 4*outputMax {
				t.Errorf("%d bytes", len(b))
			}
		}
	})
}
