//go:build linux

package owner

import (
	"bytes"
	"math"

	"golang.org/x/sys/unix"
)

// Costs in microseconds, measured on Linux 6.18. A descriptor takes 3.5 in a walk (which creates a dentry
// and an inode) and 0.35 by BPF, which first has to read the kernel's types, load and verify.
const (
	costWalk  = 3.5
	costBPF   = 0.35
	costSetUp = 4000
)

// maxGain is the assumed maximum speedup of a walk by several workers: they contend for locks in the kernel
// and take processor time from other programs.
const maxGain = 4

// breakEven returns the number of descriptors from which BPF is faster than a walk by the given number of
// cores.
func breakEven(cores int) uint64 {
	return uint64(math.Ceil(costSetUp / (costWalk/float64(min(cores, maxGain)) - costBPF)))
}

// crowded reports whether BPF is faster than a walk over these processes. The kernel counts the files that
// are open on the host. There may be more descriptors if processes share files, as workers of a forking
// server do: only if there are too few files are the descriptors of processes counted.
func crowded(root int, list func() ([]int32, error), cores int) bool {
	enough := breakEven(cores)
	if openFiles(root) >= enough {
		return true
	}
	pids, err := list()
	return err == nil && descriptors(root, pids, enough) >= enough
}

// openFiles reads the first number of /proc/sys/fs/file-nr, 0 if it cannot.
func openFiles(root int) uint64 {
	fd, err := unix.Openat(root, "sys/fs/file-nr", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer func() { _ = unix.Close(fd) }() // read-only
	var buf [64]byte
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return 0
	}
	first, _, _ := bytes.Cut(buf[:n], []byte{'\t'})
	files, _ := decimal(first)
	return uint64(files)
}

// descriptors counts the open descriptors of processes up to enough. The size of /proc/PID/fd is their
// number since Linux 6.2 (fs/proc/fd.c, proc_readfd_count), 0 before. It takes 2 µs a process, most of
// which a following walk saves.
func descriptors(root int, pids []int32, enough uint64) (n uint64) {
	var path []byte
	for _, pid := range pids {
		if n >= enough {
			break
		}
		path = appendPath(path[:0], pid, pid, "/fd")
		var st unix.Stat_t
		if unix.Fstatat(root, string(path), &st, 0) == nil { // otherwise it has ended or is not visible
			n += uint64(st.Size)
		}
	}
	return n
}
