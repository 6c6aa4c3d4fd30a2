//go:build linux

package owner

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// A walk reads the descriptor tables of all processes below a root.
type walk struct {
	cfg    *Config
	want   *want
	pids   []int32       // ascending
	next   atomic.Int64  // the first one not taken
	seen   atomic.Uint64 // descriptors
	enough uint64        // descriptors with which the walk ends with errCrowded
	root   int
	self   bool // the process ids are those of the caller's pid namespace
	pool   pool

	mu  sync.Mutex
	err error // the first
}

// scanProc fills the index by a walk over the processes of a list. If there are more than enough
// descriptors it fails with errCrowded and leaves the index empty.
func (x *Index) scanProc(
	ctx context.Context, cfg *Config, root int, processes func() ([]int32, error), enough uint64,
) error {
	pids, err := processes()
	if err != nil {
		return err
	}
	w := &walk{cfg: cfg, want: x.want, root: root, pids: pids, self: isSelf(root), enough: enough}
	w.pool.idle.L = &w.pool.mu
	workers := w.run(ctx)
	if errors.Is(w.err, errCrowded) {
		return w.err
	}
	var found list
	var shares []share
	for _, k := range workers {
		found.take(&k.found)
		shares = append(shares, k.shares...)
		x.anonymous = append(x.anonymous, k.rings...)
		x.stats.add(&k.stats)
	}
	x.stats.HidePID, x.stats.Nested = hidden(root), nested(root)
	found.spread(shares)
	x.build(&found, cfg.Tasks)
	if w.err != nil {
		return w.err
	}
	return context.Cause(ctx)
}

// processes returns the ids of all processes below a root, ascending.
func processes(root int) ([]int32, error) {
	pids, err := list32(root, make([]byte, 32<<10))
	slices.Sort(pids) // usually sorted already
	return pids, err
}

// isSelf reports whether the directory has this process under its own id: then system calls that take
// process ids refer to the same processes.
func isSelf(root int) bool {
	var buf [16]byte
	n, errno := readlinkat(root, []byte("self\x00"), buf[:])
	return errno == 0 && string(buf[:n]) == strconv.Itoa(os.Getpid())
}

// list32 returns the numeric names of a directory.
func list32(dir int, buf []byte) ([]int32, error) {
	var ids []int32
	for {
		n, err := getdents(dir, buf)
		if err != nil || n == 0 {
			return ids, err
		}
		names := names(buf[:n])
		for name := names.next(); name != nil; name = names.next() {
			if id, ok := number(name[:len(name)-1]); ok {
				ids = append(ids, id)
			}
		}
	}
}

// run walks with several workers, of which the calling goroutine is one: most of the time is spent in
// the kernel, which runs in parallel.
func (w *walk) run(ctx context.Context) []*worker {
	n := w.cfg.Workers
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	n = max(1, min(n, len(w.pids)))
	workers := make([]*worker, n)
	w.pool.busy = n
	var wg sync.WaitGroup
	for i := range workers {
		workers[i] = &worker{walk: w}
		if i > 0 {
			wg.Go(func() { workers[i].run(ctx) })
		}
	}
	workers[0].run(ctx)
	wg.Wait()
	return workers
}

// proceed reports whether the walk may continue.
func (w *walk) proceed(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err == nil
}

// crowded reports whether enough descriptors were seen, and then ends the walk. It is asked before there
// is more to read, so that a complete walk is not discarded.
func (w *walk) crowded() bool {
	if w.seen.Load() < w.enough {
		return false
	}
	w.fail(errCrowded)
	return true
}

func (w *walk) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}
