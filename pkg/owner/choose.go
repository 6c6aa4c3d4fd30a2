//go:build linux

package owner

import (
	"bytes"
	"errors"
	"math"
	"sync/atomic"

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

// Whether BPF is faster depends on two numbers. The kernel counts the open files of the host, which costs
// nothing. But there are more descriptors than files if processes share files, as workers of a forking
// server do, and nothing counts those: a walk has a limit, after which BPF takes over. The waste is at
// most what BPF takes.

// breakEven returns the number of descriptors from which BPF is faster than a walk by the given number of
// cores.
func breakEven(cores int) uint64 {
	return uint64(math.Ceil(costSetUp / (costWalk/float64(min(cores, maxGain)) - costBPF)))
}

// errCrowded says that a walk has met more descriptors than its limit.
var errCrowded = errors.New("too many descriptors for a walk")

// refusedBPF is set when BPF has failed, so that a watch does not try it at each sample.
var refusedBPF atomic.Bool

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
