package diag

import (
	"math"
	"testing"
	"time"
)

// TestMicroseconds64 checks that a span which no Duration holds becomes the longest one: the kernel's counters,
// and recordings of others, may have any value.
func TestMicroseconds64(t *testing.T) {
	for m, want := range map[Microseconds64]time.Duration{
		0: 0, 1500: 1500 * time.Microsecond,
		math.MaxInt64/1000 + 1: math.MaxInt64 / 1000 * 1000, math.MaxUint64: math.MaxInt64 / 1000 * 1000,
	} {
		if got := m.Duration(); got != want {
			t.Errorf("%d µs = %v, want %v", uint64(m), got, want)
		}
	}
}
