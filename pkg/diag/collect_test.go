//go:build linux

package diag

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// TestCollectAllocs checks that a collected socket takes less than 700 bytes.
func TestCollectAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	s := Socket{Family: unix.AF_INET, message: make([]byte, 108)}
	const n = 20_000
	all := func(yield func(*Socket, error) bool) {
		for i := range n {
			s.Cookie = uint64(i)
			s.message[0] = byte(i)
			if !yield(&s, nil) {
				return
			}
		}
	}
	list, err := Collect(all)
	if err != nil || len(list) != n {
		t.Fatalf("%d sockets, %v", len(list), err)
	}
	for i, c := range list {
		if c.Cookie != uint64(i) || c.message[0] != byte(i) || len(c.message) != 108 {
			t.Fatalf("socket %d has cookie %d, message %d of %d bytes", i, c.Cookie, c.message[0], len(c.message))
		}
	}
	r := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			_, _ = Collect(all)
		}
	})
	if bytes := r.AllocedBytesPerOp() / n; bytes >= 700 {
		t.Errorf("%d bytes a socket, want less than 700", bytes)
	}
	if allocs := r.AllocsPerOp(); allocs > n/50 {
		t.Errorf("%d allocations for %d sockets", allocs, n)
	}
}
