//go:build linux

package owner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// DefaultRoot is the usual mount point of procfs.
const DefaultRoot = "/proc"

// Tasks selects the threads whose descriptor tables are read. Threads of a process normally share one;
// a thread that called unshare(CLONE_FILES) or was cloned without CLONE_FILES has its own.
type Tasks uint8

// The choices of Tasks.
const (
	// TasksLeaders reads the table of each process's first thread, as ss -p and netstat -p do.
	TasksLeaders Tasks = iota
	// TasksPrivate also reads the private tables of threads. A descriptor that is the same in the leader's
	// table is not repeated. Threads whose table cannot be compared (kcmp(2) refused or missing) are
	// assumed to share the leader's.
	TasksPrivate
	// TasksEvery gives one [Ref] for each thread, whether its table is shared or not, as ss -T does.
	TasksEvery
)

var tasksNames = [...]string{"leaders", "private", "every"}

// String returns "leaders", "private" or "every".
func (t Tasks) String() string { return enum.Name(tasksNames[:], t, "tasks") }

// MarshalText returns what String does.
func (t Tasks) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Config selects what to search for. Its zero value finds every socket of every process under /proc.
type Config struct {
	// Root is the directory of processes, empty for DefaultRoot. Another root is always walked, without
	// BPF.
	Root string
	// Method is the method of the search; zero is MethodAuto.
	Method Method
	// Tasks selects the threads to inspect.
	Tasks Tasks
	// Wanted are the inodes to search for, nil for all; Scan copies them. With an empty list that is not nil,
	// nothing is read.
	Wanted []uint32
	// FirstOnly ends the walk once each wanted inode has an owner; the one with the lowest process id
	// is then among those found, others may be missing.
	FirstOnly bool
	// Workers is the number of goroutines of a walk, 0 for one per core.
	Workers int
}

// Scan finds the owners. Processes that start or end meanwhile are not an error, nor are those that may
// not be read: [Index.Stats] counts them. An error other than from opening the root comes with the
// owners found until then.
//
// Scan starts goroutines only to walk /proc, and they end before it returns. A canceled ctx ends it
// with context.Cause(ctx).
func Scan(ctx context.Context, cfg *Config) (*Index, error) {
	c := *cfg
	if c.Root == "" {
		c.Root = DefaultRoot
	}
	x := &Index{root: c.Root, method: MethodProc, tasks: c.Tasks, firstOnly: c.FirstOnly, want: newWant(&c)}
	method, err := c.Method.resolve()
	if err != nil {
		return nil, err
	}
	if c.Wanted == nil || len(c.Wanted) > 0 {
		x.began = bootTicks()
		err = x.scanRoot(ctx, &c, method)
	}
	if err != nil {
		x.err = fmt.Errorf("find socket owners: %w", err)
	}
	x.ended = true
	return x, x.err
}

func (x *Index) scanRoot(ctx context.Context, cfg *Config, method Method) error {
	root, err := unix.Open(cfg.Root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: cfg.Root, Err: err}
	}
	defer func() { _ = unix.Close(root) }() // read-only
	return x.scan(ctx, cfg, root, method)
}

// scan tries the requested method, and falls back to the walk unless BPF was required.
func (x *Index) scan(ctx context.Context, cfg *Config, root int, method Method) error {
	if cfg.Root != DefaultRoot {
		method = MethodProc
	}
	// Once, and only if BPF is not used: a directory has one position.
	list := sync.OnceValues(func() ([]int32, error) { return processes(root) })
	enough := breakEven(runtime.GOMAXPROCS(0))
	if method == MethodAuto && refusedBPF.Load() {
		method = MethodProc
	}
	if method == MethodAuto && openFiles(root) < enough {
		if err := x.scanProc(ctx, cfg, root, list, enough); !errors.Is(err, errCrowded) {
			return err
		}
		x.want = newWant(cfg) // none is found
	}
	if method != MethodProc {
		err := x.scanBPF(ctx, cfg, root)
		if err == nil || method == MethodBPF || ctx.Err() != nil {
			return err
		}
		x.why = err
		refusedBPF.Store(true)
	}
	return x.scanProc(ctx, cfg, root, list, math.MaxUint64)
}
