//go:build linux

package netns

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// processes inspects all threads and collects their mount namespaces and descriptor tables.
func (f *finder) processes() error {
	pids, err := f.numbers(f.dir)
	if err == nil && len(pids) == 0 {
		err = fmt.Errorf("no process in %s: is it mounted?", f.proc) // not even the calling one
	}
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := context.Cause(f.ctx); err != nil {
			return err
		}
		if err := f.process(pid); err == unix.EACCES || err == unix.EPERM {
			f.stats.Denied++
		}
	}
	return nil
}

// process inspects the threads of a process. Errors other than missing rights mean that it has
// ended meanwhile.
func (f *finder) process(pid int) error {
	number := strconv.Itoa(pid)
	tasks, err := openDir(f.dir, number+"/task")
	if err != nil {
		return err
	}
	defer unix.Close(tasks) //nolint:errcheck // read-only
	tids, err := f.numbers(tasks)
	if err != nil {
		return err
	}
	seen := false
	for _, tid := range tids {
		thread := strconv.Itoa(tid)
		n, linkErr := unix.Readlinkat(tasks, thread+"/ns/net", f.link[:])
		if linkErr == unix.EACCES && hasEnded(tasks, thread) {
			continue
		}
		if linkErr != nil {
			err = linkErr
			continue
		}
		inode, ok := parseLink(f.link[:n], "net:[")
		if !ok {
			continue
		}
		dir := f.proc + "/" + number
		if tid != pid {
			dir += "/task/" + thread
		}
		ns := f.found(inode, route{kind: byLink, path: dir + "/ns/net"})
		if leads := tid == pid; ns.PID == 0 || ns.strayed && leads {
			ns.PID, ns.strayed = tid, !leads
		}
		if !seen { // threads usually share the rest; an ended leader has none
			seen = true
			f.mountTable(tasks, thread, dir)
			f.fdTables = append(f.fdTables, fdTable{tid, dir + "/fd"})
		}
	}
	return err
}

// hasEnded reports whether a thread has ended, and not that it may not be inspected: proc_ns_readlink
// (Linux 3.8) returns EACCES for both, if the thread ends after the kernel has found its directory.
func hasEnded(tasks int, thread string) bool {
	return unix.Faccessat(tasks, thread, unix.F_OK, 0) != nil
}

func openDir(at int, path string) (int, error) {
	fd, err := unix.Openat(at, path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	return fd, nil
}

// numbers returns the numeric entries of a directory, sorted.
func (f *finder) numbers(dir int) (n []int, err error) {
	if _, err := unix.Seek(dir, 0, io.SeekStart); err != nil {
		return nil, os.NewSyscallError("lseek", err)
	}
	err = f.entries(dir, func(name []byte) bool {
		if i, ok := parseNumber(name); ok && i <= 1<<31-1 {
			n = append(n, int(i))
		}
		return true
	})
	slices.Sort(n)
	return n, err
}

// Of struct linux_dirent64.
const (
	direntLen  = 16 // offset of d_reclen
	direntName = 19 // offset of d_name
)

// entries calls each with the name of every entry of a directory, a view, until it returns false.
func (f *finder) entries(dir int, each func(name []byte) bool) error {
	var own [4 << 10]byte // each may read another directory
	for {
		n, err := unix.Getdents(dir, own[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("getdents", err)
		}
		if n == 0 {
			return nil
		}
		for b := own[:n]; len(b) > direntName; {
			size := int(binary.NativeEndian.Uint16(b[direntLen:]))
			if size <= direntName || size > len(b) {
				break // malformed
			}
			name := b[direntName:size]
			if end := slices.Index(name, 0); end > 0 && !each(name[:end]) {
				return nil
			}
			b = b[size:]
		}
	}
}
