package owner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/nlstat/nlstat/internal/btf"
)

// This file reads as much of the kernel's type information as is needed to find a few structure members:
// see internal/btf for the format.

// btfMemberLen is the size of struct btf_member.
const btfMemberLen = 12

// A member names a member of a structure. Its offset is a whole number of bytes.
type member struct{ of, name string }

// A layout is what a kernel's type information says, in the order of the question: the ids of functions
// and the offsets of members.
type layout struct {
	functions []uint32
	offsets   []int16
}

var errBTFNames = errors.New("BTF lacks a name")

// offsetOf returns where a name stands among the names.
func offsetOf(f btf.File, name string) (uint32, error) {
	off, ok := f.Offset(name)
	if !ok {
		return 0, fmt.Errorf("%w: %s", errBTFNames, name)
	}
	return off, nil
}

// A question is a member by the offsets of its names.
type question struct{ of, name uint32 }

// findLayout answers what the BTF in b says of functions and of members, which must all be there. Where a
// structure is defined twice, the first that has the member counts.
func findLayout(b []byte, functions []string, members []member) (*layout, error) {
	f, err := btf.Open(b)
	if err != nil {
		return nil, err
	}
	names := make([]uint32, len(functions))
	for i, function := range functions {
		if names[i], err = offsetOf(f, function); err != nil {
			return nil, err
		}
	}
	questions := make([]question, len(members))
	for i, m := range members {
		of, err := offsetOf(f, m.of)
		if err != nil {
			return nil, err
		}
		name, err := offsetOf(f, m.name)
		if err != nil {
			return nil, err
		}
		questions[i] = question{of, name}
	}
	l := &layout{functions: make([]uint32, len(functions)), offsets: make([]int16, len(members))}
	for i := range l.offsets {
		l.offsets[i] = -1
	}
	if err := l.walk(f, names, questions); err != nil {
		return nil, err
	}
	return l, l.complete(functions, members)
}

// walk visits every type once.
func (l *layout) walk(f btf.File, functions []uint32, questions []question) error {
	for t, err := range f.All() {
		if err != nil {
			return err
		}
		switch t.Kind {
		case btf.Func:
			if i := slices.Index(functions, t.Name); i >= 0 {
				l.functions[i] = t.ID
			}
		case btf.Struct:
			l.note(questions, t.Name, t.Tail, t.Flag)
		default:
		}
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
