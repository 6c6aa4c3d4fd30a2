//go:build linux

package netns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Options limit the search of [List]. The zero value searches everywhere.
type Options struct {
	// Local restricts the search to the caller's own namespace and to those mounted in the caller's mount
	// namespace, such as those of `ip netns`. It needs no rights, and its time does not grow with the number
	// of processes.
	Local bool
	// MaxFDs is the number of descriptors of each process that are searched for namespaces that nothing else
	// keeps alive, if neither listns(2) nor BPF finds all; 0 = 65536, a negative number = none, not even by
	// BPF. Each takes 3 us in /proc, 0.7 us by BPF.
	MaxFDs int
	// Timeout limits the search for namespaces without a process, which other users can slow down; 0 = 2 s.
	// Tables that are not searched by then are counted in Stats.Truncated.
	Timeout time.Duration
	// Proc is used instead of /proc.
	Proc string
}

// A Result is the result of List.
type Result struct {
	Namespaces []Namespace // named ones first, by name, then by process
	Stats      Stats
}

// Stats count what was left out. If all but Foreign and Stale are zero and SocketsSearched is true, the
// list is complete as far as the kernel reports.
type Stats struct {
	Denied    int // processes that could not be searched for lack of rights (CAP_SYS_PTRACE)
	Stale     int // mounts that no longer lead to their namespace: covered, replaced or removed
	Foreign   int // names in other mount namespaces, including those not in Namespace.Names
	Truncated int // mount and descriptor tables that were too long to be searched to their end in time
	Hidden    int // namespaces that exist, but cannot be reached or may not be opened
	// SocketsSearched says that namespaces kept alive only by sockets of processes were searched: by
	// listns(2), Linux 6.19, or a BPF iterator, Linux 5.8 with CAP_BPF and CAP_PERFMON.
	SocketsSearched bool
}

// Self returns the caller's own namespace, nil if /proc does not show it.
func (r *Result) Self() *Namespace {
	i := slices.IndexFunc(r.Namespaces, func(n Namespace) bool { return n.Self })
	if i < 0 {
		return nil
	}
	return &r.Namespaces[i]
}

const (
	defaultFDs     = 64 << 10
	defaultTimeout = 2 * time.Second
)

// List finds network namespaces: the caller's own, those of all threads, those mounted in any mount
// namespace, those that processes hold a descriptor of, and, if the kernel allows it
// (Stats.SocketsSearched), those that only sockets keep alive. Those that vanish meanwhile are skipped.
// Without rights, the result is the caller's own namespace and those mounted in the caller's mount
// namespace. It ends with an error if ctx does, or if there is no /proc.
func List(ctx context.Context, o *Options) (*Result, error) {
	if o == nil {
		o = &Options{}
	}
	f, err := newFinder(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("list network namespaces: %w", err)
	}
	defer f.close()
	if err := f.search(o); err != nil {
		return nil, fmt.Errorf("list network namespaces: %w", err)
	}
	return f.result(), nil
}

// A finder collects namespaces by inode.
type finder struct {
	ctx      context.Context //nolint:containedctx // the finder lives as long as the call
	proc     string
	dir      int       // proc, open
	own      string    // the thread's directory below proc, "" if there is none
	maxFDs   int       // of a process
	until    time.Time // Options.Timeout
	opener   *opener
	try      func(r *route, inode uint64) error // opens and closes
	spaces   map[uint64]*Namespace              // found
	missed   map[string][]*lostMount            // by the table that they are in
	unseen   map[uint64]struct{}                // exist, but not found yet
	tables   map[uint64]*mountTable             // of other mount namespaces
	listed   []*mountTable                      // the same, in the order of processes
	fdTables []fdTable                          // of processes
	wanted   map[uint64]uint64                  // namespaces by sockets, to be found among descriptors
	stats    Stats
	link     [64]byte // longer links are not those of namespaces
}

func newFinder(ctx context.Context, o *Options) (*finder, error) {
	f := &finder{
		ctx: ctx, proc: o.Proc, maxFDs: o.MaxFDs,
		spaces: map[uint64]*Namespace{}, missed: map[string][]*lostMount{}, unseen: map[uint64]struct{}{},
		tables: map[uint64]*mountTable{},
	}
	if f.proc == "" {
		f.proc = "/proc"
	}
	if f.maxFDs == 0 {
		f.maxFDs = defaultFDs
	}
	opener, err := newOpener()
	if err != nil {
		return nil, err
	}
	f.opener = opener
	f.try = func(r *route, inode uint64) error {
		fd, err := opener.open(r, inode)
		if err == nil {
			_ = unix.Close(fd) // read-only
		}
		return err
	}
	f.dir, err = openDir(unix.AT_FDCWD, f.proc)
	return f, err
}

func (f *finder) close() { _ = unix.Close(f.dir) } // read-only

func (f *finder) search(o *Options) error {
	f.self()
	if !o.Local {
		if err := f.processes(); err != nil {
			return err
		}
	}
	f.localMounts()
	f.localLinks()
	if !o.Local { // otherwise other ways may be found
		timeout := o.Timeout
		if timeout == 0 {
			timeout = defaultTimeout
		}
		f.until = time.Now().Add(timeout)
		f.foreignMounts()
		f.rest()
		f.missing()
	}
	return context.Cause(f.ctx)
}

// rest finds namespaces without processes and mounts, the cheapest way first.
func (f *finder) rest() {
	if f.proc == "/proc" { // otherwise of another host or pid namespace
		f.stats.SocketsSearched = f.listNS()
		if f.stats.SocketsSearched && f.stats.Hidden == 0 {
			return
		}
		if f.maxFDs >= 0 && f.descriptorsByBPF() {
			f.stats.SocketsSearched = true
			return
		}
	}
	f.descriptors()
}

// over reports whether to end the search.
func (f *finder) over() bool { return f.ctx.Err() != nil || time.Now().After(f.until) }

// self adds the caller's own namespace first, so that it is in the result even if the rest fails.
func (f *finder) self() {
	for _, name := range []string{"thread-self", self} { // the first since Linux 3.17
		if inode, ok := f.inode(f.dir, name+"/ns/net", "net:["); ok {
			f.own = f.proc + "/" + name
			f.found(inode, route{kind: byLink, path: f.own + "/ns/net"}).Self = true
			return
		}
	}
}

// found adds a namespace and a route to it.
func (f *finder) found(inode uint64, r route) *Namespace {
	n := f.spaces[inode]
	if n == nil {
		n = &Namespace{Inode: inode}
		f.spaces[inode] = n
	}
	n.add(r)
	return n
}

// inode reads a link such as "net:[4026531840]" or "mnt:[4026531841]".
func (f *finder) inode(dir int, path, prefix string) (uint64, bool) {
	n, err := unix.Readlinkat(dir, path, f.link[:])
	if err != nil {
		return 0, false
	}
	return parseLink(f.link[:n], prefix)
}

func (f *finder) result() *Result {
	all := make([]*Namespace, 0, len(f.spaces))
	for _, n := range f.spaces {
		all = append(all, n)
	}
	settle(all)
	slices.SortFunc(all, order)
	r := &Result{Stats: f.stats, Namespaces: make([]Namespace, len(all))}
	for i, n := range all {
		r.Namespaces[i] = *n
	}
	for inode := range f.unseen {
		if f.spaces[inode] == nil {
			r.Stats.Hidden++
		}
	}
	return r
}
