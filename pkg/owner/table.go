//go:build linux

package owner

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A table is the directory fd of one task while it is read. Several workers may read one table at once:
// each takes a buffer of names in turn and resolves them.
type table struct {
	dir      int
	pid, tid int32

	mu      sync.Mutex
	readers int  // workers that use dir; the last one closes it
	ended   bool // all names are taken
}

// take reads the next names into buf. It returns 0 at the end.
func (t *table) take(buf []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return 0, nil
	}
	n, err := getdents(t.dir, buf)
	t.ended = n == 0
	return n, err
}

// end marks the table as read to its end.
func (t *table) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

// join adds a reader, unless there is nothing left to read. A table is closed by its last reader, and its
// descriptor may then be reused.
func (t *table) join() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.readers == 0 {
		return false
	}
	t.readers++
	return true
}

func (t *table) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readers--
	if t.readers == 0 {
		_ = unix.Close(t.dir) // read-only
	}
}

// getdents reads names of a directory. A process that has ended has none.
func getdents(dir int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(dir, buf)
		switch {
		case err == nil:
			return n, nil
		case err == unix.EINTR:
		case gone(err), refused(err):
			return 0, nil
		default:
			return 0, os.NewSyscallError("getdents64", err)
		}
	}
}

// gone reports whether an error only says that a process ended.
func gone(err error) bool { return err == unix.ENOENT || err == unix.ESRCH || err == unix.ENOTDIR }

// refused reports whether an error is for lack of rights.
func refused(err error) bool { return err == unix.EACCES || err == unix.EPERM }
