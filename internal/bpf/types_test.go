package bpf

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/btf"
)

// btfBuilder makes BTF.
type btfBuilder struct {
	types, names []byte
	known        map[string]uint32
}

func (b *btfBuilder) name(s string) uint32 {
	if b.known == nil {
		b.known = map[string]uint32{"": 0}
		b.names = []byte{0}
	}
	off, ok := b.known[s]
	if !ok {
		off = uint32(len(b.names))
		b.known[s] = off
		b.names = append(append(b.names, s...), 0)
	}
	return off
}

// typ adds a type: kind, number of elements, and what follows.
func (b *btfBuilder) typ(name string, kind, vlen uint32, tail ...uint32) {
	for _, v := range append([]uint32{b.name(name), kind<<24 | vlen, 0}, tail...) {
		b.types = binary.NativeEndian.AppendUint32(b.types, v)
	}
}

func (b *btfBuilder) bytes() []byte {
	out := binary.NativeEndian.AppendUint16(nil, 0xeb9f)
	out = append(out, 1, 0)
	for _, v := range []int{24, 0, len(b.types), len(b.types), len(b.names)} {
		out = binary.NativeEndian.AppendUint32(out, uint32(v))
	}
	return append(append(out, b.types...), b.names...)
}

// sample has one type of every kind.
func sample() *btfBuilder {
	b := &btfBuilder{}
	b.typ("int", 1, 0, 32)
	b.typ("", 2, 0)
	b.typ("", 3, 0, 1, 1, 4)
	b.typ("file", uint32(btf.Struct), 1, b.name("other"), 1, 64)
	b.typ("file", uint32(btf.Struct), 2, b.name("other"), 1, 0, b.name("f_inode"), 1, 32*8)
	b.typ("file", uint32(btf.Struct), 1, b.name("f_inode"), 1, 8)
	b.typ("u", 5, 1, b.name("f_inode"), 1, 0)
	b.typ("e", 6, 1, b.name("x"), 1)
	for _, kind := range []uint32{7, 8, 9, 10, 11, 16, 18} {
		b.typ("t", kind, 0)
	}
	b.typ("", 13, 1, 0, 1)
	b.typ("iter", uint32(btf.Func), 0)
	b.typ("v", 14, 0, 1)
	b.typ("s", 15, 1, 1, 0, 4)
	b.typ("d", 17, 0, 1)
	b.typ("e64", 19, 1, b.name("x"), 1, 0)
	b.typ("task", uint32(btf.Struct)|1<<7, 2, b.name("bits"), 1, 3<<24|9, b.name("pid"), 1, 5<<24|80)
	return b
}

func TestFindLayout(t *testing.T) {
	good := sample()
	unknown := sample()
	unknown.typ("", 20, 0)
	structless := &btfBuilder{}
	for _, name := range []string{"iter", "file", "f_inode", "task", "pid"} {
		structless.typ(name, uint32(btf.Func), 0)
	}
	short := sample()
	short.typ("file", uint32(btf.Struct), 2)
	all := []btf.Member{{Of: "file", Name: "f_inode"}, {Of: "task", Name: "pid"}}
	tests := []struct {
		name    string
		file    []byte
		members []btf.Member
		want    *Layout
		err     error
	}{
		{"good", good.bytes(), all, &Layout{[]uint32{17}, []int16{32, 10}}, nil},
		{"functions for structures", structless.bytes(), all, nil, btf.ErrName},
		{"no such name", good.bytes(), []btf.Member{{Of: "file", Name: "f_path"}}, nil, btf.ErrName},
		{"no such structure", good.bytes(), []btf.Member{{Of: "inode", Name: "pid"}}, nil, btf.ErrName},
		{"no such member", good.bytes(), []btf.Member{{Of: "task", Name: "f_inode"}}, nil, btf.ErrName},
		{"within a byte", good.bytes(), []btf.Member{{Of: "task", Name: "bits"}}, nil, btf.ErrName},
		{"unknown kind", unknown.bytes(), all, nil, btf.ErrKind},
		{"elements missing", short.bytes(), all, nil, btf.ErrMalformed},
		{"empty", nil, all, nil, btf.ErrMalformed},
		{"other order of bytes", []byte{0x12, 0x34, 25: 0}, all, nil, btf.ErrMalformed},
		{"cut", good.bytes()[:len(good.bytes())-1], all, nil, btf.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := findLayout(tt.file, []string{"iter"}, tt.members)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil {
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

func FuzzFindLayout(f *testing.F) {
	f.Add(sample().bytes())
	f.Add(sample().bytes()[:60])
	f.Fuzz(func(t *testing.T, file []byte) {
		l, err := findLayout(file, []string{"iter"}, []btf.Member{{Of: "file", Name: "f_inode"}, {Of: "task", Name: "pid"}})
		if err != nil {
			return
		}
		if l.Functions[0] == 0 || slices.Min(l.Offsets) < 0 {
			t.Errorf("incomplete layout without an error: %+v", l)
		}
	})
}
