//go:build linux

package diag

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// maxWorkers limits concurrent dumps: each of them walks the whole table, which takes a fifth of
	// the time of a dump.
	maxWorkers = 4
	// manySockets is the number of sockets above which a second dump is faster.
	manySockets = 4096
)

// Workers returns the number of concurrent dumps that is fastest for q, at least 1. It is 1 up to
// Linux 6.8, where a lock allows one dump at a time, for few sockets and on one CPU.
func Workers(cfg *Config, q *Query) int {
	if cfg == nil {
		cfg = &Config{}
	}
	most := mostWorkers(cfg, q)
	if most == 1 {
		return 1
	}
	st, err := ReadSockStat(cfg)
	if err != nil || st.Count(q) < manySockets {
		return 1
	}
	return most
}

// Workers is like [Workers], with counts that the caller has read.
func (s *SockStat) Workers(cfg *Config, q *Query) int {
	if s.Count(q) < manySockets {
		return 1
	}
	return mostWorkers(cfg, q)
}

// mostWorkers is the number of workers for many sockets.
func mostWorkers(cfg *Config, q *Query) int {
	recorded := cfg.Replay != nil || cfg.Record != nil
	if recorded || cfg.Sources == SourcesProc || !canSplit(q) || !kernelSince(6, 9) {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), maxWorkers)
}

// Parallel lists the sockets that q selects with the given number of concurrent dumps, see
// [Workers]. Each worker is a goroutine with a Conn of its own that calls visit for its part of the
// table; calls of different workers run at the same time, those of one do not. The Socket is
// overwritten by the worker's next one. There is no order among workers.
//
// The first error of visit or of a dump ends all dumps and is returned. Tables that the kernel
// cannot split are listed by worker 0 alone.
func Parallel(
	ctx context.Context, cfg *Config, q *Query, workers int, visit func(worker int, s *Socket) error,
) error {
	if cfg == nil {
		cfg = &Config{}
	}
	if workers < 2 || !canSplit(q) {
		return list(ctx, cfg, q, 0, visit)
	}
	sample, err := samplePorts(ctx, cfg, q)
	if errors.Is(err, unix.ENOENT) {
		return list(ctx, cfg, q, 0, visit) // /proc cannot be split
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rest := *q
	var before *aside
	if q.divides() { // so that only one dump searches the table of bound ports
		var first Query
		first, rest = q.parts()
		conn, err := Dial(cfg)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // nothing was written
		before = startAside(ctx, conn, &first)
		defer before.stop()
	}
	var wg sync.WaitGroup
	for i, r := range splitTable(sample, workers) {
		part := rest
		part.Filter = r.filter().And(q.Filter)
		wg.Go(func() {
			err := list(ctx, cfg, &part, i, visit)
			if err == nil && i == 0 {
				err = before.visit(visit)
			}
			if err != nil {
				cancel(err) // the first error; it is the cause of the others
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// sampleSize is the number of sockets from which the split is computed: two datagrams.
const sampleSize = 256

// samplePorts reads the beginning of the table.
func samplePorts(ctx context.Context, cfg *Config, q *Query) ([]ports, error) {
	netlink := *cfg
	netlink.Sources = SourcesNetlink
	few := *q
	few.Want = 0
	if rest := q.states() &^ early; rest != 0 {
		few.States = rest // sockets of early states are not representative
	}
	var sample []ports
	enough := errors.New("enough")
	err := list(ctx, &netlink, &few, 0, func(_ int, s *Socket) error {
		sample = append(sample, ports{s.Local.Port(), s.Remote.Port()})
		if len(sample) == sampleSize {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return sample, err
}

// list runs one dump on a new Conn.
func list(
	ctx context.Context, cfg *Config, q *Query, worker int, visit func(worker int, s *Socket) error,
) error {
	c, err := Dial(cfg)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // nothing was written
	for s, err := range c.Sockets(ctx, q) {
		if err == nil {
			err = visit(worker, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// kernelSince reports whether the running kernel is at least that version.
func kernelSince(major, minor int) bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	a, b := release(u.Release[:])
	return a > major || a == major && b >= minor
}

// release parses the first two numbers of a kernel release such as "6.18.44-generic".
func release(b []byte) (major, minor int) {
	var n [2]int
	i := 0
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			n[i] = n[i]*10 + int(c-'0')
		case c == '.' && i == 0:
			i++
		default:
			return n[0], n[1]
		}
	}
	return n[0], n[1]
}
