package btf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

const (
	magic     = 0xeB9F
	headerLen = 24 // of struct btf_header
	typeLen   = 12 // of struct btf_type
)

// A Kind is the kind of a type.
type Kind uint8

// The kinds of types.
const (
	Void      Kind = 0  // BTF_KIND_UNKN
	Int       Kind = 1  // BTF_KIND_INT
	Ptr       Kind = 2  // BTF_KIND_PTR
	Array     Kind = 3  // BTF_KIND_ARRAY
	Struct    Kind = 4  // BTF_KIND_STRUCT
	Union     Kind = 5  // BTF_KIND_UNION
	Enum      Kind = 6  // BTF_KIND_ENUM
	Fwd       Kind = 7  // BTF_KIND_FWD
	Typedef   Kind = 8  // BTF_KIND_TYPEDEF
	Volatile  Kind = 9  // BTF_KIND_VOLATILE
	Const     Kind = 10 // BTF_KIND_CONST
	Restrict  Kind = 11 // BTF_KIND_RESTRICT
	Func      Kind = 12 // BTF_KIND_FUNC
	FuncProto Kind = 13 // BTF_KIND_FUNC_PROTO
	Var       Kind = 14 // BTF_KIND_VAR
	DataSec   Kind = 15 // BTF_KIND_DATASEC
	Float     Kind = 16 // BTF_KIND_FLOAT
	DeclTag   Kind = 17 // BTF_KIND_DECL_TAG
	TypeTag   Kind = 18 // BTF_KIND_TYPE_TAG
	Enum64    Kind = 19 // BTF_KIND_ENUM64
)

// tails are the sizes, by kind, of the data after a struct btf_type: fixed, and for each of vlen elements.
var tails = [...]struct{ fixed, each int }{
	Int: {4, 0}, Ptr: {0, 0}, Array: {12, 0}, Struct: {0, 12}, Union: {0, 12}, Enum: {0, 8}, Fwd: {0, 0},
	Typedef: {0, 0}, Volatile: {0, 0}, Const: {0, 0}, Restrict: {0, 0}, Func: {0, 0}, FuncProto: {0, 8},
	Var: {4, 0}, DataSec: {0, 12}, Float: {0, 0}, DeclTag: {4, 0}, TypeTag: {0, 0}, Enum64: {0, 12},
}

// Errors of a file.
var (
	ErrMalformed = errors.New("malformed BTF")
	ErrKind      = errors.New("BTF has a kind of type that is not known")
)

// A File is a BTF file, split into its sections, which are views of its bytes.
type File struct{ types, names []byte }

// A Type is one type of a file.
type Type struct {
	ID   uint32 // counted from 1
	Name uint32 // offset of the name, see File.NameAt; 0 = none
	Ref  uint32 // size in bytes or another type's id, depending on the kind
	Kind Kind
	Flag bool   // kind_flag
	Tail []byte // the data after it, a view into the file
}

// Open splits a file into its sections. The file must be in native byte order.
func Open(b []byte) (f File, err error) {
	if len(b) < headerLen || binary.NativeEndian.Uint16(b) != magic {
		return f, ErrMalformed
	}
	field := func(i int) uint64 { return uint64(u32(b[i:])) }
	header, size := field(4), uint64(len(b)) // hdr_len
	section := func(off, n uint64) []byte {
		if start := header + off; start <= size && n <= size-start {
			return b[start : start+n]
		}
		err = ErrMalformed
		return nil
	}
	f.types = section(field(8), field(12))  // type_off, type_len
	f.names = section(field(16), field(20)) // str_off, str_len
	return f, err
}

// All yields every type in the order of ids. At most one error is yielded, last: ErrMalformed or ErrKind.
func (f File) All() iter.Seq2[Type, error] {
	return func(yield func(Type, error) bool) {
		b := f.types
		for id := uint32(1); len(b) > 0; id++ {
			t, n, err := cut(b)
			t.ID = id
			if !yield(t, err) || err != nil {
				return
			}
			b = b[n:]
		}
	}
}

// cut splits off the first type.
func cut(b []byte) (t Type, n int, err error) {
	if len(b) < typeLen {
		return t, 0, ErrMalformed
	}
	info := u32(b[4:])
	kind, vlen := Kind(info>>24&0x1f), int(info&0xffff)
	if kind == Void || int(kind) >= len(tails) {
		return t, 0, fmt.Errorf("%w: %d", ErrKind, kind)
	}
	n = typeLen + tails[kind].fixed + vlen*tails[kind].each
	if n > len(b) {
		return t, 0, ErrMalformed
	}
	return Type{Name: u32(b), Ref: u32(b[8:]), Kind: kind, Flag: info>>31 == 1, Tail: b[typeLen:n]}, n, nil
}

// nameMax limits names: the kernel limits most to KSYM_NAME_LEN bytes, but names of integers may be as long
// as the file, and all integers may have the same.
const nameMax = 512

// NameAt returns the name at an offset, a view into the file; nil if there is none. Names are cut at nameMax.
func (f File) NameAt(off uint32) []byte {
	if uint64(off) >= uint64(len(f.names)) {
		return nil
	}
	rest := f.names[off:]
	name, _, _ := bytes.Cut(rest[:min(len(rest), nameMax)], []byte{0})
	return name
}

// Offset returns the offset of a name in the section of names, where each is unique.
func (f File) Offset(name string) (uint32, bool) {
	i := bytes.Index(f.names, []byte("\x00"+name+"\x00"))
	return uint32(i + 1), i >= 0
}

func u32(b []byte) uint32 { return binary.NativeEndian.Uint32(b) }
