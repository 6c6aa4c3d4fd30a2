package inspect

import (
	"bytes"
	"testing"
)

func TestSqueeze(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		b    []byte
		want int // bytes
	}{
		{"nothing", nil, 2},
		{"one zero", make([]byte, 1), 2 + 1},
		{"zeros", make([]byte, 72), 2 + 9},
		{"one byte", []byte{0, 0, 1, 0}, 2 + 1 + 1},
		{"the last one", []byte{9: 7}, 2 + 2 + 1},
		{"full", bytes.Repeat([]byte{1}, 33), 2 + 5 + 33},
		{"longest", bytes.Repeat([]byte{1}, longestSqueezed), 2 + 1<<13 + longestSqueezed},
	} {
		got := squeeze([]byte("x"), tt.b)[1:]
		if len(got) != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.name, len(got), tt.want)
		}
		back, ok := expand([]byte("x"), got)
		if !ok || !bytes.Equal(back[1:], tt.b) {
			t.Errorf("%s: %x comes back as %x, %v", tt.name, tt.b, back[1:], ok)
		}
	}
}

func TestExpandDamaged(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"empty": {}, "half a length": {1}, "no mask": {4, 0}, "no bytes": {8, 0, 3, 1}, "no second mask": {9, 0, 0},
		"rest": {0, 0, 1},
	} {
		if got, ok := expand(nil, b); ok {
			t.Errorf("%s: expands to %x", name, got)
		}
	}
}

func FuzzSqueeze(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{4, 0, 3, 1, 2})
	f.Add(bytes.Repeat([]byte{0, 0, 0, 5}, 20))
	f.Fuzz(func(t *testing.T, b []byte) {
		if back, ok := expand(nil, b); ok && len(back) > longestSqueezed {
			t.Errorf("%d bytes expand to %d", len(b), len(back))
		}
		b = b[:min(len(b), longestSqueezed)]
		if back, ok := expand(nil, squeeze(nil, b)); !ok || !bytes.Equal(back, b) {
			t.Errorf("%x comes back as %x, %v", b, back, ok)
		}
	})
}
