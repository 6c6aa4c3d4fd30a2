package btf

import (
	"encoding/binary"
	"testing"
)

// A maker makes type information. Its first type is int, its second one char.
type maker struct {
	types, names []byte
	n            uint32
}

const (
	intID  = 1
	charID = 2
)

// flagged is set in vlen for the flag of the kind.
const flagged = 1 << 31

func newMaker() *maker {
	m := &maker{names: []byte{0}}
	m.add(Int, "int", 0, 4, intSigned|32)
	m.add(Int, "char", 0, 1, intSigned|8)
	return m
}

// name returns where a name stands. Each stands there as often as it is requested.
func (m *maker) name(s string) uint32 {
	if s == "" {
		return 0
	}
	off := len(m.names)
	m.names = append(append(m.names, s...), 0)
	return uint32(off)
}

// add appends a type and returns its id. The tail is what follows struct btf_type.
func (m *maker) add(kind Kind, name string, vlen, ref uint32, tail ...uint32) uint32 {
	m.types = words(m.types, m.name(name), uint32(kind)<<24|vlen, ref)
	m.types = words(m.types, tail...)
	m.n++
	return m.n
}

func (m *maker) array(elem, n uint32) uint32 { return m.add(Array, "", 0, 0, elem, intID, n) }

func (m *maker) ptr(to uint32) uint32 { return m.add(Ptr, "", 0, to) }

// next is the id that the type added next will have, for types that refer to themselves.
func (m *maker) next() uint32 { return m.n + 1 }

func (m *maker) bytes() []byte { return sections(m.types, m.names) }

func (m *maker) parse(t testing.TB) *Types {
	t.Helper()
	types, err := Parse(m.bytes())
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// sections puts a header before the two sections of a file.
func sections(types, names []byte) []byte {
	n := uint32(len(types))
	b := binary.NativeEndian.AppendUint16(nil, magic)
	b = words(append(b, 1, 0), headerLen, 0, n, n, uint32(len(names)))
	return append(append(b, types...), names...)
}

// words appends numbers in the order of bytes of this machine.
func words(b []byte, all ...uint32) []byte {
	for _, v := range all {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return b
}
