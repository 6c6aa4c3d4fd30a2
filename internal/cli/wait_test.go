package cli

import (
	"testing"
	"time"
)

// TestRest plays waits whose queries cost a fifth more or less than the last: at the end of each but the first, no
// more than a twentieth of the time was used.
func TestRest(t *testing.T) {
	const shortest = 100 * time.Millisecond
	for _, cost := range []time.Duration{0, time.Millisecond, 50 * time.Millisecond, time.Second} {
		var now, used time.Duration
		for query := range 20 {
			last := cost - cost/10 + cost/5*time.Duration(query%2)
			now, used = now+last, used+last
			if query > 0 && 20*used > now {
				t.Errorf("%v a query: %v used after %v", cost, used, now)
			}
			pause := max(shortest, rest(used, last, now))
			if most := max(shortest, 3*share*cost); pause > most {
				t.Errorf("%v a query: a rest of %v, want at most %v", cost, pause, most)
			}
			now += pause
		}
	}
}
