//go:build linux

package owner

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file is the only one of the package with unsafe: unix.Readlinkat takes its path as a string
// and allocates a copy of it with a NUL, which for 200,000 descriptors is most of the walk's time in
// user space.

// readlinkat reads the link name, which ends with a NUL, in the directory dir.
func readlinkat(dir int, name, buf []byte) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	return int(n), errno
}

// kcmpFiles compares the descriptor tables of two tasks.
const kcmpFiles = 2 // KCMP_FILES

// sharesTable reports whether two threads share a descriptor table: kcmp(2) needs CONFIG_KCMP and the
// same rights as reading the descriptors.
func sharesTable(a, b int32) (shares bool, errno unix.Errno) {
	r, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(a), uintptr(b), kcmpFiles, 0, 0, 0)
	return errno == 0 && r == 0, errno
}
