package cli

import (
	"testing"
	"time"
)

// TestRest plays waits whose queries cost the same each: at the end of each query but the first, no more than
// the share of the time was used.
func TestRest(t *testing.T) {
	const shortest = 100 * time.Millisecond
	for _, cost := range []time.Duration{0, time.Millisecond, 50 * time.Millisecond, time.Second} {
		var now, used time.Duration
		for query := range 20 {
			now, used = now+cost, used+cost
			if query > 0 && share*used > now {
				t.Errorf("%v a query: %v used after %v", cost, used, now)
			}
			pause := max(shortest, rest(used, cost, now))
			if most := max(shortest, 2*share*cost); pause > most {
				t.Errorf("%v a query: a rest of %v, want at most %v", cost, pause, most)
			}
			now += pause
		}
	}
}
