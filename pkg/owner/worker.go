//go:build linux

package owner

import (
	"context"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// A worker reads the tables of processes, one at a time, into buffers of its own.
type worker struct {
	*walk
	found   list
	rings   []Ref
	shares  []share
	stats   Stats
	path    []byte
	dirents [32 << 10]byte
	link    [64]byte // longer links are not sockets
}

// A share says that a thread uses the table of its process.
type share struct{ pid, tid int32 }

// run reads processes until there are none, then helps other workers with long tables.
func (k *worker) run(ctx context.Context) {
	// With FirstOnly, processes that others are reading have lower ids than the next: those are still
	// completed.
	for k.proceed(ctx) && !k.want.done() {
		i := int(k.next.Add(1)) - 1
		if i >= len(k.pids) || k.crowded() {
			break
		}
		if err := k.process(ctx, k.pids[i]); err != nil {
			k.fail(err)
		}
	}
	k.pool.retire()
	// After a cancellation tables are not read to their ends, so waiting would not end.
	for k.proceed(ctx) {
		t := k.pool.help()
		if t == nil {
			break
		}
		if _, err := k.read(ctx, t, 0); err != nil {
			k.fail(err)
		}
	}
}

// process reads the table of a process and, if wanted, those of its threads.
func (k *worker) process(ctx context.Context, pid int32) error {
	k.stats.Processes++
	seen, err := k.task(ctx, pid, pid)
	if err != nil || !seen || k.cfg.Tasks == TasksLeaders {
		return err
	}
	return k.threads(ctx, pid)
}

// task reads the table of one task. It reports false if the table may not be read or the task has
// ended.
func (k *worker) task(ctx context.Context, pid, tid int32) (bool, error) {
	k.path = appendPath(k.path[:0], pid, tid, "/fd")
	dir, err := openat(k.root, k.path)
	switch {
	case err == nil:
	case gone(err):
		if pid == tid {
			k.stats.Processes--
		}
		return false, nil
	case refused(err):
		k.refuse(pid, tid, &k.stats.Denied)
		if err == unix.EPERM && pid == tid { // from the process's directory; its files return EACCES
			k.stats.Hidden++
		}
		return false, nil
	default:
		return false, &os.PathError{Op: "open", Path: k.cfg.Root + "/" + string(k.path), Err: err}
	}
	t := table{dir: dir, pid: pid, tid: tid, readers: 1}
	n, err := t.take(k.dirents[:])
	if err != nil || n == 0 {
		t.leave()
		return true, err
	}
	if n < len(k.dirents)/2 {
		return k.read(ctx, &t, n) // the rest is short: a signal ended getdents(2) early
	}
	long := &table{dir: dir, pid: pid, tid: tid, readers: 1}
	k.pool.publish(long)
	return k.read(ctx, long, n)
}

// refuse counts a process that may not be read, or a thread whose table may be private.
func (k *worker) refuse(pid, tid int32, counter *int) {
	if pid != tid {
		k.stats.Uncompared++
		return
	}
	*counter++
	k.stats.refuse(pid)
}

// appendTask appends the path of a task among those of its process, from the root.
func appendTask(b []byte, pid, tid int32) []byte {
	b = append(strconv.AppendInt(b, int64(pid), 10), "/task/"...)
	return strconv.AppendInt(b, int64(tid), 10)
}

// appendPath appends the path of a file of a task, from the root.
func appendPath(b []byte, pid, tid int32, name string) []byte {
	if tid == pid {
		b = strconv.AppendInt(b, int64(pid), 10)
	} else {
		b = appendTask(b, pid, tid)
	}
	return append(b, name...)
}

// openat opens a directory below another.
func openat(dir int, path []byte) (int, error) {
	for {
		fd, err := unix.Openat(dir, string(path), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// read resolves the first n bytes of names and then the rest of a table, together with other workers.
// It reports false if the links may not be read.
func (k *worker) read(ctx context.Context, t *table, n int) (bool, error) {
	defer t.leave()
	for k.proceed(ctx) {
		if n > 0 && k.crowded() {
			return true, nil
		}
		if n > 0 && !k.resolve(t, n) {
			t.end() // a helper would be refused as well
			return false, nil
		}
		var err error
		if n, err = t.take(k.dirents[:]); err != nil || n == 0 {
			return true, err
		}
	}
	return true, nil
}

// resolve reads the links whose names are in the first n bytes of the buffer. It reports false if
// that is not permitted.
func (k *worker) resolve(t *table, n int) bool {
	count := uint64(0)
	for names := names(k.dirents[:n]); ; count++ {
		name := names.next()
		if name == nil {
			k.seen.Add(count)
			return true
		}
		fd, ok := number(name[:len(name)-1])
		if !ok {
			continue
		}
		m, errno := readlinkat(t.dir, name, k.link[:])
		if errno == 0 {
			k.descriptor(t, fd, k.link[:m])
			continue
		}
		if refused(errno) {
			// The permission is the same for the whole process.
			k.refuse(t.pid, t.tid, &k.stats.Unresolved)
			return false
		}
	}
}

// descriptor records the target of a descriptor.
func (k *worker) descriptor(t *table, fd int32, link []byte) {
	if inode, ok := socketInode(link); ok {
		if inode != 0 && k.want.has(inode) {
			k.found.add(Ref{Inode: inode, PID: t.pid, TID: t.tid, FD: fd})
		}
		return
	}
	if string(link) == ringLink {
		k.rings = append(k.rings, Ref{PID: t.pid, TID: t.tid, FD: fd})
	}
}
