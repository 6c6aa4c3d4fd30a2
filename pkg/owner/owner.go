package owner

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// DefaultRoot is where the kernel shows its processes.
const DefaultRoot = "/proc"

// Tasks says whose descriptor tables are read. Threads of a process normally share one; a thread that
// called unshare(CLONE_FILES) or was cloned without CLONE_FILES has its own.
type Tasks uint8

// Whose tables are read.
const (
	// Leaders reads the table of each process's first thread, as ss -p and netstat -p do.
	Leaders Tasks = iota
	// Private also reads the tables that threads have for themselves. A descriptor that is the same
	// in the leader's table is not repeated. Threads whose table cannot be compared (kcmp(2) refused
	// or missing) count as sharing the leader's.
	Private
	// Every gives one [Ref] for each thread, whether its table is shared or not, as ss -T does.
	Every
)

// Config says what to look for. Its zero value finds every socket of every process under /proc.
type Config struct {
	// Root is where the process folders are, empty for DefaultRoot. Another root is always walked, never
	// answered by BPF.
	Root string
	// Method is how to find out; zero chooses.
	Method Method
	// Tasks says which threads are looked at.
	Tasks Tasks
	// Wanted are the inodes to look for, nil for all. An empty list that is not nil finds nothing and
	// reads nothing.
	Wanted []uint32
	// FirstOnly ends the walk once each wanted inode has an owner; the one with the lowest process id
	// is then among those found, others may be missing.
	FirstOnly bool
	// IOUring also looks for sockets that are registered with an io_uring, which keeps them open
	// without a descriptor: see [Index.Registered].
	IOUring bool
	// Workers is the number of goroutines that walk, 0 for one a core.
	Workers int
}

// Scan finds the owners. Processes that appear or end meanwhile are no error, nor are those that may
// not be read: [Index.Stats] counts them. An error other than from opening the root comes with what was
// found until then.
//
// Scan starts goroutines only to walk /proc, and none of them outlives it. A canceled ctx ends it with
// context.Cause(ctx).
func Scan(ctx context.Context, cfg *Config) (*Index, error) {
	c := *cfg
	if c.Root == "" {
		c.Root = DefaultRoot
	}
	x := &Index{root: c.Root, method: Proc}
	if c.Wanted != nil && len(c.Wanted) == 0 {
		return x, nil
	}
	method, err := c.Method.resolve()
	if err != nil {
		return nil, err
	}
	root, err := unix.Open(c.Root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return x, fmt.Errorf("find socket owners: %w", &os.PathError{Op: "open", Path: c.Root, Err: err})
	}
	defer func() { _ = unix.Close(root) }() // read-only
	if err := x.scan(ctx, &c, root, method); err != nil {
		return x, fmt.Errorf("find socket owners: %w", err)
	}
	return x, nil
}

// scan tries what was asked for, and falls back to the walk unless BPF was demanded.
func (x *Index) scan(ctx context.Context, cfg *Config, root int, method Method) error {
	if method == Auto && !worthwhile(openFiles(root), runtime.GOMAXPROCS(0)) {
		method = Proc
	}
	if cfg.Root != DefaultRoot || method == Proc {
		return x.scanProc(ctx, cfg, root)
	}
	err := x.scanBPF(ctx, cfg, root)
	if err == nil || method == BPF || ctx.Err() != nil {
		return err
	}
	x.why = err
	return x.scanProc(ctx, cfg, root)
}
