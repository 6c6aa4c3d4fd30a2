package diag

import (
	"math"
	"time"
)

// Microseconds is a span of time in 32 bits, as the kernel sends it. All ones stand for "unknown" or
// "unlimited" where a field says so.
type Microseconds uint32

// Duration returns the span.
func (m Microseconds) Duration() time.Duration { return time.Duration(m) * time.Microsecond }

// String returns the span as [time.Duration] writes it: "1.5ms".
func (m Microseconds) String() string { return m.Duration().String() }

// Microseconds64 is a span of time in 64 bits, as the kernel sends it. It may exceed a [time.Duration].
type Microseconds64 uint64

// Duration returns the span, or the maximum Duration if it is longer.
func (m Microseconds64) Duration() time.Duration {
	return time.Duration(min(m, math.MaxInt64/1000)) * time.Microsecond
}

// String returns the span as [time.Duration] writes it: "1.5ms".
func (m Microseconds64) String() string { return m.Duration().String() }

// Milliseconds is a span of time in 32 bits, as the kernel sends it.
type Milliseconds uint32

// Duration returns the span.
func (m Milliseconds) Duration() time.Duration { return time.Duration(m) * time.Millisecond }

// String returns the span as [time.Duration] writes it: "1.5s".
func (m Milliseconds) String() string { return m.Duration().String() }
