package owner

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// What things cost, in microseconds, measured on Linux 6.18. A descriptor costs the walk 3.5 (a dentry and
// an inode are made for it) and BPF 0.35; before, BPF has to read the kernel's types, load and verify.
const (
	costWalk  = 3.5
	costBPF   = 0.35
	costSetUp = 4000
)

// maxGain is as many times faster as workers are taken to make a walk: they wait for each other in the
// kernel, and what they take from other programs counts too.
const maxGain = 4

// worthwhile reports whether BPF is faster than the walk by a rough estimate: the kernel counts the files
// that are open on the host, which is about the number of descriptors.
func worthwhile(files uint32, cores int) bool {
	n := float64(files)
	return n*costWalk/float64(min(cores, maxGain)) > costSetUp+n*costBPF
}

// openFiles reads the first number of /proc/sys/fs/file-nr, 0 if it cannot.
func openFiles(root int) uint32 {
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
	return files
}
