//go:build linux

package inspect

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// TestSqueeze squeezes strings with a model of 72 bytes.
func TestSqueeze(t *testing.T) {
	t.Parallel()
	model := bytes.Repeat([]byte{1, 2, 3, 0}, 18)
	with := func(at int, c byte) []byte {
		b := bytes.Clone(model)
		b[at] = c
		return b
	}
	for _, tt := range []struct {
		name string
		b    []byte
		want int // bytes
	}{
		{"nothing", nil, 3},
		{"too short for a model", make([]byte, 1), 3 + 1},
		{"the first of its kind", make([]byte, 130), 3 + 3},
		{"the model", model, 3 + 2},
		{"one byte differs", with(9, 7), 3 + 2 + 1 + 1},
		{"a byte is zero", with(9, 0), 3 + 2 + 1 + 1},
		{"the last byte", with(71, 7), 3 + 2 + 1 + 1},
		{"another query", with(0, 9), 3 + 2},
		{"too long for a model", bytes.Repeat([]byte{1}, longestModel+1), 3 + 17 + 129 + longestModel + 1},
		{"longest", bytes.Repeat([]byte{1}, longestSqueezed), 3 + 1<<10 + 1<<13 + longestSqueezed},
	} {
		var s squeezer
		s.append(nil, model)
		got := s.append([]byte("x"), tt.b)[1:]
		if len(got) != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.name, len(got), tt.want)
		}
		back, ok := s.expand([]byte("x"), got)
		if !ok || !bytes.Equal(back[1:], tt.b) {
			t.Errorf("%s: %x comes back as %x, %v", tt.name, tt.b, back[1:], ok)
		}
	}
}

// TestSqueezeModels checks that the number of models is limited, and that further rows are restored
// as well.
func TestSqueezeModels(t *testing.T) {
	t.Parallel()
	var s squeezer
	var rows, squeezed [][]byte
	for query := range uint16(2000) {
		b := binary.NativeEndian.AppendUint16(nil, query)
		b = append(b, bytes.Repeat([]byte{byte(query), 0, byte(query >> 3)}, 10+int(query)%500)...)
		rows, squeezed = append(rows, b), append(squeezed, s.append(nil, b))
	}
	for i, b := range squeezed {
		if got, ok := s.expand(nil, b); !ok || !bytes.Equal(got, rows[i]) {
			t.Fatalf("row %d comes back as %x, %v", i, got, ok)
		}
	}
	if len(s.models) != mostModels || len(s.numbers) != mostModels {
		t.Errorf("%d models, %d numbers, want %d", len(s.models), len(s.numbers), mostModels)
	}
}

func TestExpandDamaged(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"empty": {}, "half a head": {0, 1}, "no groups": {0, 4, 0}, "no mask": {0, 4, 0, 1},
		"no bytes": {0, 4, 0, 1, 3, 1}, "no second groups": {0, 65, 0, 0}, "rest": {0, 0, 0, 1},
		"no such model": {2, 0, 0},
	} {
		s := squeezer{models: [][]byte{{1}}}
		if got, ok := s.expand(nil, b); ok {
			t.Errorf("%s: expands to %x", name, got)
		}
	}
}

// TestAllocSqueeze checks that squeezing allocates nothing: a watch squeezes every row of every
// sample.
func TestAllocSqueeze(t *testing.T) {
	var s squeezer
	b := bytes.Repeat([]byte{0, 0, 1, 2, 0}, 50)
	small := s.append(nil, b)
	back, _ := s.expand(nil, small)
	if n := testing.AllocsPerRun(100, func() {
		small = s.append(small[:0], b)
		back, _ = s.expand(back[:0], small)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzSqueeze(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{1, 4, 0, 1, 3, 1, 2}, bytes.Repeat([]byte{0, 0, 0, 5}, 20))
	f.Fuzz(func(t *testing.T, b, model []byte) {
		b, model = b[:min(len(b), longestSqueezed)], model[:min(len(model), longestSqueezed)]
		var s squeezer
		s.append(nil, model)
		if back, ok := s.expand(nil, b); ok && len(back) > longestSqueezed {
			t.Errorf("%d bytes expand to %d", len(b), len(back))
		}
		if back, ok := s.expand(nil, s.append(nil, b)); !ok || !bytes.Equal(back, b) {
			t.Errorf("%x comes back as %x, %v", b, back, ok)
		}
	})
}
