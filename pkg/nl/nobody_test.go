//go:build linux

package nl

import (
	"unsafe" // connect(2) with AF_UNSPEC has no wrapper

	"golang.org/x/sys/unix"
)

// connectNobody dissolves the connection of a socket (AF_UNSPEC).
func connectNobody(fd uintptr) unix.Errno {
	addr := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	_, _, errno := unix.Syscall(unix.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&addr)), unix.SizeofSockaddrNetlink)
	return errno
}
