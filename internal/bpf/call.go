package bpf

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// call returns the kernel's result, mostly a descriptor, which the kernel sets to close-on-exec.
func call(cmd uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	for {
		r, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(attr), size)
		if errno == 0 {
			return int(r), nil
		}
		// The verifier gives up with EAGAIN when a signal comes.
		if errno != unix.EAGAIN && errno != unix.EINTR {
			return -1, errno
		}
	}
}
