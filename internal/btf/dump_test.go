package btf

import (
	"encoding/binary"
	"errors"
	"testing"
)

// sample is the BTF of an int, of a char, of char[4], and of struct s { int n; char c[4]; }.
func sample() []byte {
	names := "\x00int\x00char\x00s\x00n\x00c\x00"
	types := []uint32{
		1, 1 << 24, 4, 1<<24 | 32,
		5, 1 << 24, 1, 1<<24 | 8,
		0, 3 << 24, 0, 2, 1, 4,
		10, 4<<24 | 2, 8, 12, 1, 0, 14, 3, 32,
	}
	b := binary.NativeEndian.AppendUint16(nil, magic)
	b = append(b, 1, 0)
	n := uint32(4 * len(types))
	for _, v := range append([]uint32{headerLen, 0, n, n, uint32(len(names))}, types...) {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(b, names...)
}

func TestDump(t *testing.T) {
	types, err := Parse(sample())
	if err != nil {
		t.Fatal(err)
	}
	val := append(binary.NativeEndian.AppendUint32(nil, 7), "ab\x00c"...)
	for _, c := range []struct {
		name   string
		id     uint32
		data   []byte
		layout Layout
		want   string
	}{
		{"int", 1, val, Layout{Compact: true}, "(int)7"},
		{"compact", 4, val, Layout{Compact: true}, `(struct s){.n = (int)7,.c = (char[4])['a','b','\0',],}`},
		{"lines", 4, val, Layout{Indent: 1}, "\t(struct s){\n\t\t.n = (int)7,\n\t\t.c = (char[4])[\n" +
			"\t\t\t'a',\n\t\t\t'b',\n\t\t\t'\\0',\n\t\t],\n\t}"},
	} {
		got, warnings, err := NewDumper(types).Append(nil, c.id, c.data, c.layout)
		if string(got) != c.want || len(warnings) != 0 || err != nil {
			t.Errorf("%s: %q, %q, %v, want %q", c.name, got, warnings, err, c.want)
		}
	}
	for _, c := range []struct {
		id  uint32
		err error
	}{{0, errNone}, {9, errNone}, {1, errTooMuch}} {
		if _, _, err := NewDumper(types).Append(nil, c.id, val[:3], Layout{}); !errors.Is(err, c.err) {
			t.Errorf("type %d: error %v, want %v", c.id, err, c.err)
		}
	}
}

// FuzzDump checks that no file and no value makes it panic or print without end.
func FuzzDump(f *testing.F) {
	f.Add(sample(), uint32(4), []byte("1234abcd"), uint8(0))
	f.Fuzz(func(t *testing.T, file []byte, id uint32, val []byte, address uint8) {
		types, err := Parse(file)
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
