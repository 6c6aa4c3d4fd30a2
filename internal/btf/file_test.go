package btf

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
)

// TestKinds walks a file that has every kind of type, with another type behind each.
func TestKinds(t *testing.T) {
	m := &maker{names: []byte{0}}
	for kind := Int; int(kind) < len(tails); kind++ {
		vlen := uint32(0)
		if tails[kind].each > 0 {
			vlen = 2
		}
		m.add(kind, kindName(kind), vlen|flagged, 77, make([]uint32, (tails[kind].fixed+int(vlen)*tails[kind].each)/4)...)
	}
	f, err := Open(m.bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := Int
	for typ, err := range f.All() {
		if err != nil {
			t.Fatalf("kind %d: %v", want, err)
		}
		if typ.Kind != want || typ.ID != uint32(want) || typ.Ref != 77 || !typ.Flag {
			t.Errorf("kind %d: %+v", want, typ)
		}
		if name := string(f.NameAt(typ.Name)); name != kindName(want) {
			t.Errorf("kind %d is called %q", want, name)
		}
		if off, ok := f.Offset(kindName(want)); !ok || off != typ.Name {
			t.Errorf("kind %d: name at %d, %v, want %d", want, off, ok, typ.Name)
		}
		want++
	}
	if int(want) != len(tails) {
		t.Errorf("%d kinds, want %d", want, len(tails))
	}
	if _, ok := f.Offset("kind_"); ok {
		t.Error("a part of a name is found")
	}
}

func kindName(k Kind) string { return "kind_" + string('a'+rune(k)) }

// TestHeader has files whose header is wrong, each in one of its fields.
func TestHeader(t *testing.T) {
	good := sample().bytes()
	n := uint32(len(good))
	with := func(field int, v uint32) []byte {
		b := append([]byte(nil), good...)
		binary.NativeEndian.PutUint32(b[field:], v)
		return b
	}
	const hdrLen, typeOff, typeSize, strOff, strLen = 4, 8, 12, 16, 20
	for _, c := range []struct {
		name string
		file []byte
		err  error
	}{
		{"good", good, nil},
		{"more behind", append(good[:n:n], 1, 2, 3), nil},
		{"empty", nil, ErrMalformed},
		{"cut header", good[:headerLen-1], ErrMalformed},
		{"header alone", good[:headerLen], ErrMalformed},
		{"other magic", append([]byte{0, 0}, good[2:]...), ErrMalformed},
		{"other order of bytes", append([]byte{good[1], good[0]}, good[2:]...), ErrMalformed},
		{"cut names", good[:n-1], ErrMalformed},
		{"header beyond the end", with(hdrLen, n+1), ErrMalformed},
		{"header without end", with(hdrLen, math.MaxUint32), ErrMalformed},
		{"types beyond the end", with(typeOff, n), ErrMalformed},
		{"types without end", with(typeSize, math.MaxUint32), ErrMalformed},
		{"types whose end wraps around", with(typeOff, math.MaxUint32), ErrMalformed},
		{"types that end within one", with(typeSize, 20), ErrMalformed},
		{"no types", with(typeSize, 0), nil},
		{"names beyond the end", with(strOff, n), ErrMalformed},
		{"names without end", with(strLen, math.MaxUint32), ErrMalformed},
		{"no names", with(strLen, 0), nil},
	} {
		if _, err := Parse(c.file); !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.err)
		}
	}
}

// TestMalformedTypes has sections of types that end in the wrong place, or have kinds that are none.
func TestMalformedTypes(t *testing.T) {
	for _, c := range []struct {
		name  string
		types []byte
		err   error
	}{
		{"cut type", words(nil, 0, uint32(Ptr)<<24), ErrMalformed},
		{"cut int", words(nil, 0, uint32(Int)<<24, 4), ErrMalformed},
		{"cut array", words(nil, 0, uint32(Array)<<24, 0, 1, 1), ErrMalformed},
		{"huge count", words(nil, 0, uint32(Struct)<<24|0xffff, 8, 0, 1, 0), ErrMalformed},
		{"one argument too many", words(nil, 0, uint32(FuncProto)<<24|2, 0, 0, 1), ErrMalformed},
		{"void", words(nil, 0, 0, 0), ErrKind},
		{"a kind to come", words(nil, 0, uint32(len(tails))<<24, 0), ErrKind},
		{"the last kind", words(nil, 0, 0x1f<<24, 0), ErrKind},
		{"a bit beside the kind is nothing", words(nil, 0, 0x20<<24|uint32(Ptr)<<24, 0), nil},
	} {
		if _, err := Parse(sections(c.types, nil)); !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.err)
		}
	}
}

func TestNameAt(t *testing.T) {
	f := File{names: []byte("\x00one\x00two")}
	for off, want := range map[uint32]string{0: "", 1: "one", 3: "e", 4: "", 5: "two", 8: "", math.MaxUint32: ""} {
		if got := string(f.NameAt(off)); got != want {
			t.Errorf("NameAt(%d) = %q, want %q", off, got, want)
		}
	}
	f.names = make([]byte, 1<<20)
	for i := range f.names {
		f.names[i] = 'n'
	}
	if n := len(f.NameAt(0)); n > nameMax {
		t.Errorf("a name of %d bytes, want %d at most", n, nameMax)
	}
}

func TestSize(t *testing.T) {
	m := newMaker()
	long := m.add(Typedef, "long_t", 0, m.add(Int, "long unsigned int", 0, 4, 32))
	for _, c := range []struct {
		name string
		id   uint32
		want int64
	}{
		{"pointers are as large as long", m.ptr(0), 4},
		{"typedef", long, 4},
		{"array", m.array(m.array(long, 3), 5), 60},
		{"variable", m.add(Var, "v", 0, m.array(charID, 7), 0), 7},
		{"as large as can be", m.array(charID, math.MaxUint32), math.MaxUint32},
		{"one more", m.array(m.array(charID, 1<<16), 1<<16), -int64(errTooMuch)},
		{"product that wraps around", m.array(m.array(m.array(charID, 1<<31), 1<<31), 4), -int64(errTooMuch)},
		{"large structures", m.array(m.add(Struct, "", 0, math.MaxUint32), 2), -int64(errTooMuch)},
		{"void", m.add(Const, "", 0, 0), -int64(errInvalid)},
		{"function", m.add(FuncProto, "", 0, 0), -int64(errInvalid)},
		{"of what is not there", m.array(1<<20, 1), -int64(errInvalid)},
		{"typedef of itself", m.add(Typedef, "t", 0, m.next()), -int64(errInvalid)},
		{"array of itself", m.array(m.next(), 1), -int64(errInvalid)},
		{"empty array of itself", m.array(m.next(), 0), -int64(errInvalid)},
	} {
		size, errno := m.parse(t).size(c.id)
		if errno != 0 {
			size = -int64(errno)
		}
		if size != c.want {
			t.Errorf("%s: %d, want %d", c.name, size, c.want)
		}
	}
}

// TestEndless prints values of types made to print without end, or to take as long.
func TestEndless(t *testing.T) {
	val := make([]byte, 1<<16) // no value of a socket storage is larger
	for _, c := range []struct {
		name string
		most int // bytes printed
		make func(m *maker) uint32
	}{
		{"modifier of itself", 0, func(m *maker) uint32 { return m.add(Const, "", 0, m.next()) }},
		{"typedefs in a circle", 0, func(m *maker) uint32 {
			return m.add(Typedef, "b", 0, m.add(Typedef, "a", 0, m.next()+1))
		}},
		{"pointer to itself", 80, func(m *maker) uint32 { return m.ptr(m.next()) }},
		{"structure in itself", 4 << 10, func(m *maker) uint32 {
			id := m.next()
			return m.add(Struct, "s", 3, 8, 0, id, 0, 0, id, 0, 0, id, 0)
		}},
		{"array of a structure in itself", 8 << 10, func(m *maker) uint32 {
			return m.array(m.add(Union, "u", 2, 1, 0, m.next()+1, 0, 0, m.next()+1, 0), 1<<16)
		}},
		{"function that takes itself", 2 * outputMax, func(m *maker) uint32 {
			id := m.next()
			return m.ptr(m.add(FuncProto, "", 3, id, 0, id, 0, id, 0, id))
		}},
		{"structure with itself behind each pointer", 2 * outputMax, func(m *maker) uint32 {
			f := m.next()
			m.add(FuncProto, "", 2, f+1, 0, f+1, 0, f+1)
			m.ptr(f)
			tail := make([]uint32, 0, 3*0xffff)
			for range 0xffff {
				tail = append(tail, 0, f+1, 0)
			}
			return m.add(Struct, "s", 0xffff, 8, tail...)
		}},
		{"empty structures", visitsMax * 10, func(m *maker) uint32 { return m.array(m.add(Struct, "", 0, 1), math.MaxInt32-1) }},
		// Each element may cost a search through all names.
		{"a byte of many names", 8 << 10, func(m *maker) uint32 {
			tail := make([]uint32, 0, 2*0xffff)
			for range 0xffff {
				tail = append(tail, 0, 1)
			}
			return m.array(m.add(Enum, "", 0xffff, 1, tail...), 1<<16)
		}},
		{"long names", 2 * outputMax, func(m *maker) uint32 {
			m.name(strings.Repeat("n", 1<<20))
			m.add(Struct, "", 1, 4, 1, intID, 0)
			return m.array(m.n, 1<<16)
		}},
	} {
		m := newMaker()
		id := c.make(m)
		got, warnings, _ := NewDumper(m.parse(t)).Append(nil, id, val, Layout{Indent: 1})
		if len(got) > c.most || len(warnings) > 8<<10 {
			t.Errorf("%s: %d bytes, warnings of %d, want at most %d", c.name, len(got), len(warnings), c.most)
		}
	}
}
