//go:build linux

package owner

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTable opens a directory with names as a table that one worker reads.
func openTable(t *testing.T) *table {
	t.Helper()
	dir, err := unix.Open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &table{dir: dir, pid: 1, tid: 1, readers: 1}
}

// TestPoolLeft has a table whose only reader stopped before its end, as for links that may not be read. It
// cannot be joined any more: its descriptor is closed, and the number may be that of another file.
func TestPoolLeft(t *testing.T) {
	var p pool
	p.idle.L = &p.mu
	left := openTable(t)
	p.publish(left)
	left.leave()
	if p.help() != nil {
		t.Error("a table that is closed is joined")
	}
}

// TestPoolCanceled has a long table that is not read to its end because the walk was canceled. Helpers end
// as well.
func TestPoolCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &walk{cfg: &Config{}, want: newWant(&Config{})}
	w.pool.idle.L, w.pool.busy = &w.pool.mu, 1
	long := openTable(t)
	defer long.leave()
	w.pool.publish(long)
	cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		(&worker{walk: w}).run(ctx)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a worker goes on for ever")
	}
}
