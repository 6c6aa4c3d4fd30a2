package btf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// memberLen is the size of struct btf_member.
const memberLen = 12

// A Member names a member of a structure, not one of an unnamed structure or union inside.
type Member struct{ Of, Name string }

// ErrName reports a missing function, structure or member.
var ErrName = errors.New("BTF lacks a name")

// Find returns the ids of functions and the offsets of members, in bytes. All must exist. If a structure is
// defined twice, the first with the member is used.
func (f File) Find(functions []string, members []Member) (ids []uint32, offsets []int16, err error) {
	s := search{functions: make([]uint32, len(functions)), members: make([]pair, len(members))}
	for i, name := range functions {
		s.functions[i] = f.offset(name, &err)
	}
	for i, m := range members {
		s.members[i] = pair{f.offset(m.Of, &err), f.offset(m.Name, &err)}
	}
	if err != nil {
		return nil, nil, err
	}
	s.ids, s.offsets = make([]uint32, len(functions)), make([]int16, len(members))
	for i := range s.offsets {
		s.offsets[i] = -1
	}
	for t, err := range f.All() {
		if err != nil {
			return nil, nil, err
		}
		s.visit(&t)
	}
	if i := slices.Index(s.ids, 0); i >= 0 {
		return nil, nil, fmt.Errorf("%w: %s", ErrName, functions[i])
	}
	if i := slices.Index(s.offsets, -1); i >= 0 {
		return nil, nil, fmt.Errorf("%w: %s.%s", ErrName, members[i].Of, members[i].Name)
	}
	return s.ids, s.offsets, nil
}

func (f File) offset(name string, err *error) uint32 {
	off, ok := f.Offset(name)
	if !ok && *err == nil {
		*err = fmt.Errorf("%w: %s", ErrName, name)
	}
	return off
}

// A pair is a member by the offsets of its names.
type pair struct{ of, name uint32 }

// A search finds functions and members by the offsets of their names.
type search struct {
	functions []uint32
	members   []pair
	ids       []uint32
	offsets   []int16
}

func (s *search) visit(t *Type) {
	switch t.Kind {
	case Func:
		if i := slices.Index(s.functions, t.Name); i >= 0 {
			s.ids[i] = t.ID
		}
	case Struct:
		for i, m := range s.members {
			if m.of == t.Name && s.offsets[i] < 0 {
				s.offsets[i] = memberOffset(t, m.name)
			}
		}
	default:
	}
}

// memberOffset returns the offset of a member in a structure, -1 if it has none. With bitfields, it is the
// low 24 bits.
func memberOffset(t *Type, name uint32) int16 {
	for m := t.Tail; len(m) >= memberLen; m = m[memberLen:] {
		bit := binary.NativeEndian.Uint32(m[8:])
		if t.Flag {
			bit &= 0xffffff
		}
		if binary.NativeEndian.Uint32(m) == name && bit%8 == 0 && bit/8 <= 1<<15-1 {
			return int16(bit / 8)
		}
	}
	return -1
}
