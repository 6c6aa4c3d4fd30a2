package diag

import (
	"math"
	"testing"
	"time"
)

// TestMicroseconds64 checks that a span too long for a Duration becomes the maximum.
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
