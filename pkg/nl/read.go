//go:build linux

package nl

import (
	"unsafe" // read(2) has no wrapper without the scheduler's hooks, getsockopt(2) none for SO_MEMINFO

	"golang.org/x/sys/unix"
)

// read is read(2) on a non-blocking socket without notice to Go's scheduler. A read of a dump
// computes for some 200 µs in the kernel; the scheduler would take the processor from a goroutine
// after 20 µs in a system call, and getting one back costs a wake-up. The error is a bare errno.
func read(fd uintptr, buf []byte) (int, error) {
	to := unsafe.Pointer(unsafe.SliceData(buf))
	n, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(to), uintptr(len(buf)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// drops returns how many messages the kernel has dropped because a socket's queue was full:
// SK_MEMINFO_DROPS of SO_MEMINFO, since Linux 4.12. The counter wraps.
func drops(fd uintptr) (n uint32, ok bool) {
	var info [unix.SK_MEMINFO_VARS]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	ok = errno == 0 && size >= 4*(unix.SK_MEMINFO_DROPS+1)
	return info[unix.SK_MEMINFO_DROPS], ok
}
