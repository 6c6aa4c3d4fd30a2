package btf

import (
	"fmt"
	"math"
	"syscall"
)

// Limits against hostile types with endless output. ss shows at most 64 KiB of a socket, and values of a
// socket storage are not larger.
const (
	visitsMax = 1 << 18
	outputMax = 4 << 20
)

// A Dumper prints values of the types of one file. It keeps the names that it has used, so use one Dumper for
// all values of a map.
type Dumper struct {
	types *Types
	names names
}

// NewDumper returns a Dumper for a file.
func NewDumper(t *Types) *Dumper { return &Dumper{types: t} }

// A Layout is the format of a value.
type Layout struct {
	Indent  int  // tabs before each line
	Compact bool // all in one line, without tabs
	// Address is the address of the value modulo 8. At unaligned addresses a null pointer is printed
	// differently, and the value of an enumeration loses its sign.
	Address int
}

// Append appends the value of the type with this id. The library's messages on standard error are returned as
// warnings, one per line. The error is the errno that the library would return; output before it is kept.
func (d *Dumper) Append(b []byte, id uint32, data []byte, l Layout) (text, warnings []byte, err error) {
	if id == 0 || uint64(id) >= uint64(len(d.types.all)) {
		return b, nil, errNone
	}
	v := value{Dumper: d, b: b, limit: len(b) + outputMax, layout: l, data: data}
	if errno := v.dump(place{id: id}); errno != 0 {
		return v.b, v.warnings, errno
	}
	return v.b, v.warnings, nil
}

// A value is the value being printed.
type value struct {
	*Dumper
	b        []byte
	limit    int
	warnings []byte
	layout   Layout
	data     []byte
	depth    int
	visits   int
	nesting  int

	inArray    bool // elements are printed without their types
	chars      bool // bytes are characters; as in the library, also after the array
	terminated bool // a NUL has ended the array
}

// A place is the position of a part of the value.
type place struct {
	name  []byte // of the member
	id    uint32
	off   uint64 // bytes
	bit   uint8  // within the byte
	width uint8  // bits, 0 = of the type
}

func (v *value) warn(format string, args ...any) syscall.Errno {
	if len(v.warnings) < 4<<10 {
		v.warnings = fmt.Appendf(v.warnings, "libbpf: "+format+"\n", args...)
	}
	return errInvalid
}

// dump prints a part and its parts.
func (v *value) dump(p place) syscall.Errno {
	if v.visits++; v.visits > visitsMax || len(v.b) > v.limit || v.nesting > nestMax {
		return errInvalid
	}
	if errno := v.fits(p); errno != 0 {
		return errno
	}
	v.indent()
	if len(p.name) > 0 {
		v.b = append(append(append(v.b, '.'), p.name...), " = "...)
	}
	if !v.inArray {
		v.b = append(v.declaration(append(v.b, '('), p.id, nil, 0), ')')
	}
	v.nesting++
	errno := v.kind(v.types.plain(p.id), p)
	v.nesting--
	return errno
}

// fits reports whether a part that is read at once lies in the value.
func (v *value) fits(p place) syscall.Errno {
	end := uint64(len(v.data))
	kind := v.types.plain(p.id).Kind
	single := kind == Int || kind == Float || kind == Ptr || kind == Enum || kind == Enum64
	if p.width > 0 {
		if p.off+(uint64(p.bit)+uint64(p.width)+7)/8 > end {
			return errTooMuch
		}
		single = single && kind != Int && kind != Enum && kind != Enum64
	}
	size, errno := v.types.size(p.id)
	if errno != 0 {
		size = -int64(errno)
	}
	if errno != 0 || size >= math.MaxInt32 {
		return v.warn("unexpected size [%d] for id [%d]", uint64(size), p.id)
	}
	if single && p.off+uint64(size) > end {
		return errTooMuch
	}
	return 0
}

func (v *value) kind(typ *Type, p place) syscall.Errno {
	switch typ.Kind {
	case Int:
		if p.width > 0 {
			return v.bits(typ, p)
		}
		return v.integer(typ, p)
	case Float:
		return v.float(typ, p)
	case Ptr:
		v.ptr(p)
		return 0
	case Array:
		return v.array(typ, p)
	case Struct, Union:
		return v.structure(typ, p)
	case Enum, Enum64:
		return v.enum(typ, p)
	default:
	}
	v.b = fmt.Appendf(v.b, "<unsupported kind:%d>", typ.Kind)
	return syscall.ENOTSUP
}

// array continues after an element that cannot be printed.
func (v *value) array(typ *Type, p place) syscall.Errno {
	id, n := typ.array()
	size, errno := v.types.size(id)
	if errno != 0 {
		size = -int64(errno)
	}
	if size <= 0 {
		return v.warn("unexpected elem size %d for array type [%d]", size, p.id)
	}
	v.chars = v.chars || size == 1 && v.types.plain(id).Kind == Int
	v.depth++
	v.open('[')
	inArray, terminated := v.inArray, v.terminated
	v.inArray, v.terminated = true, false
	for i := range uint64(n) {
		if v.terminated || v.visits > visitsMax || len(v.b) > v.limit {
			break
		}
		_ = v.dump(place{id: id, off: p.off + i*uint64(size)}) // errors of elements are ignored
	}
	v.inArray, v.terminated = inArray, terminated
	v.depth--
	v.shut("]")
	return 0
}

// structure prints a structure or a union. After an error the depth is not restored, as in the library.
func (v *value) structure(typ *Type, p place) syscall.Errno {
	v.depth++
	v.open('{')
	for i := range len(typ.Tail) / 12 {
		f := typ.field(i)
		m := place{
			name: v.types.file.NameAt(f.name), id: f.typ,
			off: p.off + uint64(f.bit/8), bit: uint8(f.bit % 8), width: f.width,
		}
		if errno := v.dump(m); errno != 0 {
			return errno
		}
	}
	v.depth--
	v.shut("}")
	return 0
}

func (v *value) open(bracket byte) {
	v.b = append(v.b, bracket)
	v.newline()
}

func (v *value) shut(bracket string) {
	v.indent()
	v.b = append(v.b, bracket...)
	v.delimit()
}

// delimit ends a part.
func (v *value) delimit() {
	if v.depth > 0 {
		v.b = append(v.b, ',')
	}
	v.newline()
}

func (v *value) newline() {
	if !v.layout.Compact && v.depth > 0 {
		v.b = append(v.b, '\n')
	}
}

func (v *value) indent() {
	if !v.layout.Compact {
		for range min(v.layout.Indent+v.depth, 2*nestMax) {
			v.b = append(v.b, '\t')
		}
	}
}
