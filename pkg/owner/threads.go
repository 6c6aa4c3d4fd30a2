//go:build linux

package owner

import (
	"context"

	"golang.org/x/sys/unix"
)

// threads reads the tables of the other threads of a process, or records that they share the leader's.
func (k *worker) threads(ctx context.Context, pid int32) error {
	tids, err := k.tasks(pid)
	if err != nil {
		return err
	}
	for _, tid := range tids {
		if tid == pid {
			continue
		}
		if !k.proceed(ctx) {
			return nil
		}
		if err := k.thread(ctx, pid, tid); err != nil {
			return err
		}
	}
	return nil
}

// thread compares tables before it reads one: nearly all threads share the leader's table, and reading it
// for each thread would dominate the walk.
func (k *worker) thread(ctx context.Context, pid, tid int32) error {
	shares, errno := false, unix.ENOSYS
	if k.self {
		shares, errno = sharesTable(pid, tid)
	}
	switch {
	case shares && k.cfg.Tasks == TasksEvery:
		k.shares = append(k.shares, share{pid, tid})
		return nil
	case shares, errno == unix.ESRCH:
		return nil
	case errno != 0 && k.cfg.Tasks == TasksPrivate:
		k.stats.Uncompared++
		return nil
	}
	_, err := k.task(ctx, pid, tid)
	return err
}

// tasks returns the threads of a process, nil if it has only one.
func (k *worker) tasks(pid int32) ([]int32, error) {
	return tasksOf(k.root, pid, k.dirents[:])
}

func tasksOf(root int, pid int32, buf []byte) ([]int32, error) {
	dir, err := openat(root, appendPath(nil, pid, pid, "/task"))
	if err != nil {
		return nil, nil // the process ended, or hides its threads: not an error of the walk
	}
	defer func() { _ = unix.Close(dir) }() // read-only
	var st unix.Stat_t
	// In procfs the number of links of the directory is that of threads plus two.
	if unix.Fstat(dir, &st) == nil && st.Nlink == 3 && st.Size == 0 {
		return nil, nil
	}
	return list32(dir, buf)
}

// sharers returns the threads that share the table of their process, among processes with sockets. If
// kcmp(2) fails, threads without sockets of their own are included.
func (l *list) sharers(root int) []share {
	private := make(map[int32]bool) // tasks that have sockets; true: in a table of their own
	for part := range l.parts {
		for _, r := range part {
			private[r.TID] = r.TID != r.PID
		}
	}
	var shares []share
	buf := make([]byte, 32<<10)
	for pid, isThread := range private {
		if isThread {
			continue
		}
		tids, _ := tasksOf(root, pid, buf) // errors: it has ended
		for _, tid := range tids {
			if tid != pid && !private[tid] && mayShare(pid, tid) {
				shares = append(shares, share{pid, tid})
			}
		}
	}
	return shares
}

// mayShare reports whether a thread shares the table of its process, or exists and may share it.
func mayShare(pid, tid int32) bool {
	shared, errno := sharesTable(pid, tid)
	return shared || errno != 0 && errno != unix.ESRCH
}

// spread adds the descriptors of threads that share the table of their process.
func (l *list) spread(shares []share) {
	if len(shares) == 0 {
		return
	}
	threads := make(map[int32][]int32, len(shares))
	for _, s := range shares {
		threads[s.pid] = append(threads[s.pid], s.tid)
	}
	var more list
	for part := range l.parts {
		for _, r := range part {
			if r.TID != r.PID {
				continue
			}
			for _, tid := range threads[r.PID] {
				more.add(Ref{Inode: r.Inode, PID: r.PID, TID: tid, FD: r.FD})
			}
		}
	}
	l.take(&more)
}
