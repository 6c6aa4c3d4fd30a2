//go:build linux

package container

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxState is the maximum size of a state file; larger ones are not read.
const maxState = 16 << 20

// Flags that prevent blocking on other kinds of files and following links.
const openFlags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOFOLLOW | unix.O_NOCTTY | unix.O_CLOEXEC

// open opens a state file. It returns nil if that is not readable, does not exist or is not a regular
// file.
func open(name string) *os.File {
	fd, err := unix.Open(name, openFlags, 0)
	return regular(fd, err, name)
}

// openBelow does the same in a directory whose owner is not trusted.
func openBelow(dir, name string) *os.File {
	at, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(at) }() // read-only
	fd, err := unix.Openat2(at, name, &unix.OpenHow{
		Flags: openFlags,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_XDEV |
			unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	})
	return regular(fd, err, name)
}

// regular returns a file for a descriptor, nil if it is not a regular file or too large.
func regular(fd int, err error, name string) *os.File {
	if err != nil {
		return nil
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > maxState {
		_ = unix.Close(fd) // read-only
		return nil
	}
	return os.NewFile(uintptr(fd), name)
}

// readFile reads a file that open returned and closes it. It returns nil if there is none, or if it
// grows beyond the limit.
func readFile(file *os.File) []byte {
	if file == nil {
		return nil
	}
	defer func() { _ = file.Close() }() // read-only
	b, err := io.ReadAll(io.LimitReader(file, maxState+1))
	if err != nil || len(b) > maxState {
		return nil
	}
	return b
}
