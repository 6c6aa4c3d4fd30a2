package owner

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// This file reads as much of the kernel's type information as is needed to find a few structure members:
// Documentation/bpf/btf.rst. It is not a BTF library.

const (
	btfMagic     = 0xeB9F
	btfHeaderLen = 24 // of struct btf_header
	btfTypeLen   = 12 // of struct btf_type
	btfMemberLen = 12 // of struct btf_member
)

// Kinds of types that we look at, and all others' lengths.
const (
	btfStruct = 4  // BTF_KIND_STRUCT
	btfFunc   = 12 // BTF_KIND_FUNC
)

// btfTails says by kind what follows a struct btf_type: fixed bytes, and bytes for each of vlen elements.
var btfTails = [...]struct{ fixed, each int }{
	1:  {4, 0},  // BTF_KIND_INT
	2:  {0, 0},  // BTF_KIND_PTR
	3:  {12, 0}, // BTF_KIND_ARRAY
	4:  {0, 12}, // BTF_KIND_STRUCT
	5:  {0, 12}, // BTF_KIND_UNION
	6:  {0, 8},  // BTF_KIND_ENUM
	7:  {0, 0},  // BTF_KIND_FWD
	8:  {0, 0},  // BTF_KIND_TYPEDEF
	9:  {0, 0},  // BTF_KIND_VOLATILE
	10: {0, 0},  // BTF_KIND_CONST
	11: {0, 0},  // BTF_KIND_RESTRICT
	12: {0, 0},  // BTF_KIND_FUNC
	13: {0, 8},  // BTF_KIND_FUNC_PROTO
	14: {4, 0},  // BTF_KIND_VAR
	15: {0, 12}, // BTF_KIND_DATASEC
	16: {0, 0},  // BTF_KIND_FLOAT
	17: {4, 0},  // BTF_KIND_DECL_TAG
	18: {0, 0},  // BTF_KIND_TYPE_TAG
	19: {0, 12}, // BTF_KIND_ENUM64
}

// A member names a member of a structure. Its offset is a whole number of bytes.
type member struct{ of, name string }

// A layout is what a kernel's type information says, in the order of the question: the ids of functions
// and the offsets of members.
type layout struct {
	functions []uint32
	offsets   []int16
}

var (
	errBTF      = errors.New("malformed BTF")
	errBTFKind  = errors.New("BTF has a kind of type that is not known")
	errBTFNames = errors.New("BTF lacks a name")
)

// btfFile is a file in BTF, cut into its sections.
type btfFile struct{ types, names []byte }

func parseBTF(b []byte) (f btfFile, err error) {
	if len(b) < btfHeaderLen || binary.NativeEndian.Uint16(b) != btfMagic {
		return f, errBTF
	}
	field := func(i int) uint64 { return uint64(binary.NativeEndian.Uint32(b[i:])) }
	header, size := field(4), uint64(len(b)) // hdr_len
	section := func(off, n uint64) []byte {
		if start := header + off; start <= size && n <= size-start {
			return b[start : start+n]
		}
		err = errBTF
		return nil
	}
	f.types = section(field(8), field(12))  // type_off, type_len
	f.names = section(field(16), field(20)) // str_off, str_len
	return f, err
}

// offsetOf returns where a name stands in the section of names, each of which is there once.
func (f btfFile) offsetOf(name string) (uint32, error) {
	i := bytes.Index(f.names, []byte("\x00"+name+"\x00"))
	if i < 0 {
		return 0, fmt.Errorf("%w: %s", errBTFNames, name)
	}
	return uint32(i + 1), nil
}

// A question is a member by the offsets of its names.
type question struct{ of, name uint32 }

// findLayout answers what the BTF in b says of functions and of members, which must all be there. Where a
// structure is defined twice, the first that has the member counts.
func findLayout(b []byte, functions []string, members []member) (*layout, error) {
	f, err := parseBTF(b)
	if err != nil {
		return nil, err
	}
	names := make([]uint32, len(functions))
	for i, function := range functions {
		if names[i], err = f.offsetOf(function); err != nil {
			return nil, err
		}
	}
	questions := make([]question, len(members))
	for i, m := range members {
		of, err := f.offsetOf(m.of)
		if err != nil {
			return nil, err
		}
		name, err := f.offsetOf(m.name)
		if err != nil {
			return nil, err
		}
		questions[i] = question{of, name}
	}
	l := &layout{functions: make([]uint32, len(functions)), offsets: make([]int16, len(members))}
	for i := range l.offsets {
		l.offsets[i] = -1
	}
	if err := f.walk(l, names, questions); err != nil {
		return nil, err
	}
	return l, l.complete(functions, members)
}

// walk visits every type once.
func (f btfFile) walk(l *layout, functions []uint32, questions []question) error {
	b := f.types
	for id := uint32(1); len(b) > 0; id++ {
		if len(b) < btfTypeLen {
			return errBTF
		}
		name, info := binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[4:])
		kind, vlen := int(info>>24&0x1f), int(info&0xffff)
		if kind == 0 || kind >= len(btfTails) {
			return fmt.Errorf("%w: %d", errBTFKind, kind)
		}
		size := btfTypeLen + btfTails[kind].fixed + vlen*btfTails[kind].each
		if size > len(b) {
			return errBTF
		}
		switch kind {
		case btfFunc:
			if i := slices.Index(functions, name); i >= 0 {
				l.functions[i] = id
			}
		case btfStruct:
			l.note(questions, name, b[btfTypeLen:size], info>>31 == 1)
		}
		b = b[size:]
	}
	return nil
}

// note answers the questions about one structure. With bitfields, the low 24 bits of an offset count.
func (l *layout) note(questions []question, of uint32, members []byte, bitfields bool) {
	for i, q := range questions {
		if q.of != of || l.offsets[i] >= 0 {
			continue
		}
		for m := members; len(m) >= btfMemberLen; m = m[btfMemberLen:] {
			bit := binary.NativeEndian.Uint32(m[8:])
			if bitfields {
				bit &= 0xffffff
			}
			if binary.NativeEndian.Uint32(m) == q.name && bit%8 == 0 && bit/8 <= 1<<15-1 {
				l.offsets[i] = int16(bit / 8)
				break
			}
		}
	}
}

func (l *layout) complete(functions []string, members []member) error {
	for i, id := range l.functions {
		if id == 0 {
			return fmt.Errorf("%w: %s", errBTFNames, functions[i])
		}
	}
	for i, off := range l.offsets {
		if off < 0 {
			return fmt.Errorf("%w: %s.%s", errBTFNames, members[i].of, members[i].name)
		}
	}
	return nil
}
