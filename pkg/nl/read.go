//go:build linux

package nl

import (
	"unsafe" // read(2) has no wrapper that leaves the scheduler alone, getsockopt(2) none for SO_MEMINFO

	"golang.org/x/sys/unix"
)

// read is read(2) on a socket that does not block, without a word to Go's scheduler. A dump makes the
// datagram in the read itself, in some 200 µs of computing; the scheduler takes the processor of a
// goroutine away that has been in a system call for 20, and the way back takes a wake-up for each.
// It returns 0 or more and no error, or a bare errno.
func read(fd uintptr, buf []byte) (int, error) {
	to := unsafe.Pointer(unsafe.SliceData(buf))
	n, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(to), uintptr(len(buf)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// drops returns how many messages the kernel has dropped for want of room in a socket's queue:
// SK_MEMINFO_DROPS of SO_MEMINFO, since Linux 4.12. The counter wraps.
func drops(fd uintptr) (n uint32, ok bool) {
	var info [unix.SK_MEMINFO_VARS]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	ok = errno == 0 && size >= 4*(unix.SK_MEMINFO_DROPS+1)
	return info[unix.SK_MEMINFO_DROPS], ok
}
