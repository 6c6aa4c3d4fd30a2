package btf

import (
	"errors"
	"slices"
	"testing"
)

// layoutSample has two functions and two structures, one of them with bitfields.
func layoutSample() []byte {
	m := newMaker()
	b := m.name("b")
	a := m.name("a")
	m.add(Struct, "pair", 2, 8, a, intID, 0, b, intID, 32)
	m.add(Func, "first", 0, 0)
	m.add(Func, "second", 0, 0)
	field, bits := m.name("field"), m.name("bits")
	m.types = words(m.types, m.name("flags"), uint32(Struct)<<24|2|flagged, 8)
	m.types = words(m.types, bits, intID, 3<<24|5, field, intID, 32)
	m.n++
	return m.bytes()
}

func TestFind(t *testing.T) {
	t.Parallel()
	f, err := Open(layoutSample())
	if err != nil {
		t.Fatal(err)
	}
	ids, offsets, err := f.Find([]string{"second", "first"}, []Member{{"pair", "b"}, {"flags", "field"}, {"pair", "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int16{4, 4, 0}; !slices.Equal(offsets, want) {
		t.Errorf("offsets %d, want %d", offsets, want)
	}
	if want := []uint32{5, 4}; !slices.Equal(ids, want) {
		t.Errorf("functions %d, want %d", ids, want)
	}
	for _, tt := range []struct {
		functions []string
		members   []Member
	}{
		{[]string{"third"}, nil},
		{[]string{"pair"}, nil},
		{nil, []Member{{"none", "a"}}},
		{nil, []Member{{"pair", "none"}}},
		{nil, []Member{{"pair", "field"}}},
		{nil, []Member{{"flags", "bits"}}}, // in the middle of a byte
	} {
		if _, _, err := f.Find(tt.functions, tt.members); !errors.Is(err, ErrName) {
			t.Errorf("Find(%q, %q): %v, want ErrName", tt.functions, tt.members, err)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(layoutSample())
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Open(b)
		if err != nil {
			return
		}
		_, offsets, err := file.Find([]string{"first"}, []Member{{"pair", "b"}})
		if err == nil && (len(offsets) != 1 || offsets[0] < 0) {
			t.Errorf("Find = %d without an error", offsets)
		}
	})
}
