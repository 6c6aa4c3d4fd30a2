package live

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// checkChoose compares a window of values with the same of a sorted list.
func checkChoose(t *testing.T, values []uint16, from, to int) {
	t.Helper()
	list := make([]entry, len(values))
	for i, v := range values {
		list[i] = entry{key: uint64(v >> 1), more: uint32(v & 1), at: uint32(i)}
	}
	want := slices.Clone(list)
	slices.SortFunc(want, compareKeys)
	choose(list, from, to, compareKeys)
	to = min(to, len(list))
	if from < to && !slices.Equal(list[from:to], want[from:to]) {
		t.Fatalf("%v: %d to %d is %v, want %v", values, from, to, list[from:to], want[from:to])
	}
	slices.SortFunc(list, compareKeys)
	if !slices.Equal(list, want) {
		t.Fatalf("%v: the list has become %v", values, list)
	}
}

// TestChoose takes windows of lists in all sorts of order.
func TestChoose(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		for _, kinds := range []uint16{1, 3, 1 << 15} {
			values := make([]uint16, n)
			for i := range values {
				values[i] = uint16(rng.UintN(uint(kinds)))
			}
			from := rng.IntN(n + 1)
			checkChoose(t, values, from, from+rng.IntN(60))
			slices.Sort(values)
			checkChoose(t, values, from, from+30)
			slices.Reverse(values)
			checkChoose(t, values, from, from+30)
		}
	}
}

func FuzzChoose(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6}, uint16(1), uint16(2))
	f.Fuzz(func(t *testing.T, b []byte, from, n uint16) {
		values := make([]uint16, len(b)/2)
		for i := range values {
			values[i] = binary.NativeEndian.Uint16(b[2*i:])
		}
		checkChoose(t, values, int(from), int(from)+int(n))
	})
}
