package btf

import (
	"math"
	"slices"
	"syscall"
)

// Types is a parsed file.
type Types struct {
	file    File
	all     []Type // by id
	pointer int    // size of a pointer
}

// Parse reads a whole file. The result views b.
func Parse(b []byte) (*Types, error) {
	f, err := Open(b)
	if err != nil {
		return nil, err
	}
	t := &Types{file: f, all: make([]Type, 1, 64)}
	for typ, err := range f.All() {
		if err != nil {
			return nil, err
		}
		t.all = append(t.all, typ)
	}
	t.pointer = t.pointerSize()
	return t, nil
}

// longs are the ways to write long, whose size is that of a pointer.
var longs = []string{
	"long", "long int", "int long", "unsigned long", "long unsigned", "unsigned long int", "unsigned int long",
	"long unsigned int", "long int unsigned", "int unsigned long", "int long unsigned",
}

func (t *Types) pointerSize() int {
	for i := range t.all {
		typ := &t.all[i]
		if typ.Kind == Int && (typ.Ref == 4 || typ.Ref == 8) && slices.Contains(longs, string(t.name(typ))) {
			return int(typ.Ref)
		}
	}
	return 8
}

// at returns the type with this id; void if there is none.
func (t *Types) at(id uint32) *Type {
	if uint64(id) >= uint64(len(t.all)) {
		id = 0
	}
	return &t.all[id]
}

func (t *Types) name(typ *Type) []byte { return t.file.NameAt(typ.Name) }

// depthMax is the longest chain of references, as in the kernel (MAX_RESOLVE_DEPTH).
const depthMax = 32

// qualifies reports whether a type only adds a qualifier or a name to another.
func (k Kind) qualifies() bool { return k == Volatile || k == Const || k == Restrict || k == TypeTag }

// plain returns the type below names and qualifiers; void if the chain has no end.
func (t *Types) plain(id uint32) *Type {
	typ := t.at(id)
	for range depthMax {
		if typ.Kind != Typedef && !typ.Kind.qualifies() {
			return typ
		}
		typ = t.at(typ.Ref)
	}
	return t.at(0)
}

// array is struct btf_array.
func (typ *Type) array() (elem, n uint32) { return u32(typ.Tail), u32(typ.Tail[8:]) }

// Results of size for types without a size: an errno, as in the library.
const (
	errTooMuch = syscall.E2BIG
	errInvalid = syscall.EINVAL
	errNone    = syscall.ENOENT
)

// size returns the size of values of a type in bytes.
func (t *Types) size(id uint32) (int64, syscall.Errno) {
	n := uint64(1) // of elements
	for range depthMax {
		typ := t.at(id)
		size := uint64(typ.Ref)
		switch typ.Kind {
		case Int, Struct, Union, Enum, Enum64, DataSec, Float:
		case Ptr:
			size = uint64(t.pointer)
		case Typedef, Volatile, Const, Restrict, TypeTag, Var, DeclTag:
			id = typ.Ref
			continue
		case Array:
			elem, more := typ.array()
			if n *= uint64(more); n > math.MaxUint32 {
				return 0, errTooMuch
			}
			id = elem
			continue
		default:
			return 0, errInvalid
		}
		if n *= size; n > math.MaxUint32 {
			return 0, errTooMuch
		}
		return int64(n), 0
	}
	return 0, errInvalid
}

// A field is a member of a structure or union.
type field struct {
	name, typ uint32
	bit       uint32 // offset
	width     uint8  // bits, 0 = of its type
}

// field returns the member at an index.
func (typ *Type) field(i int) field {
	b := typ.Tail[i*12:]
	f := field{name: u32(b), typ: u32(b[4:]), bit: u32(b[8:])}
	if typ.Flag {
		f.width, f.bit = uint8(f.bit>>24), f.bit&0xffffff
	}
	return f
}
