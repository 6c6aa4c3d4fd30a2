//go:build linux

package filter

import "testing"

// TestNumbers reads words as strtoul and scanf's %i do since glibc 2.38; n is the length that %i reads, 0 =
// no number.
func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		word  string
		value uint32
		whole bool // the word is a number and nothing else
		n     int
	}{
		{"22", 22, true, 2},
		{"022", 18, true, 3},
		{"0x16", 22, true, 4},
		{"0X1f", 31, true, 4},
		{" +7", 7, true, 3},
		{"0b101", 5, true, 5},
		{"0B1", 1, true, 3},
		{"0b12", 0, false, 3},
		{"0x1g", 0, false, 3},
		{"08", 0, false, 1},
		{"0b", 0, false, 0},
		{"0b2", 0, false, 0},
		{"0x", 0, false, 0},
		{"0xg", 0, false, 0},
		{"", 0, false, 0},
		{"10b", 0, false, 2},
		{"0x0b1", 177, true, 5},
	} {
		if v, ok := parseUint32(tt.word); ok != tt.whole || ok && v != tt.value {
			t.Errorf("parseUint32(%q) = %d, %v, want %d, %v", tt.word, v, ok, tt.value, tt.whole)
		}
		var v uint32
		n, ok := scanWord(tt.word, &v)
		if ok != (tt.n > 0) || ok && n != tt.n || tt.whole && v != tt.value {
			t.Errorf("scanWord(%q) takes %d bytes, %v, and makes %d, want %d bytes", tt.word, n, ok, v, tt.n)
		}
	}
}
