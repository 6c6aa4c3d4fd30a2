//go:build linux

package inspect

import (
	"math/rand/v2"
	"testing"
)

// TestIndex adds and removes entries at random and compares with a map. Few distinct starts make long
// chains that wrap around the end of the table.
func TestIndex(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var x index[tracked, *tracked]
		var entries chunks[tracked]
		want := map[Fingerprint]uint32{}
		fresh := func() Fingerprint {
			key := Fingerprint{r.Uint64(), r.Uint64()}
			if r.IntN(2) == 0 {
				key[0] = ^uint64(r.IntN(3)) << 40
			}
			return key
		}
		for step := range 3000 {
			if r.IntN(5) < 3 {
				n := entries.grow()
				key := fresh()
				entries.at(n).key = key
				x.add(&entries, n)
				want[key] = n
			} else {
				for key, n := range want {
					x.remove(&entries, n)
					delete(want, key)
					break
				}
			}
			if x.used != len(want) {
				t.Fatalf("seed %d, step %d: %d entries, want %d", seed, step, x.used, len(want))
			}
			if step%100 != 0 {
				continue
			}
			for key, n := range want {
				if got, ok := x.get(&entries, key); !ok || got != n {
					t.Fatalf("seed %d, step %d: entry %d is %d, %v", seed, step, n, got, ok)
				}
			}
			if n, ok := x.get(&entries, fresh()); ok {
				t.Fatalf("seed %d, step %d: found %d, which was never added", seed, step, n)
			}
		}
		if room := len(x.slots); room > 3*len(want)+64 && room > 6000 {
			t.Errorf("seed %d: %d slots for %d entries", seed, room, len(want))
		}
	}
}
