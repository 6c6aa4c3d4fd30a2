package rights

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrNotFile reports a path that is neither a regular file nor a descriptor that is open already, but a
// device, a FIFO or a directory. Opening these for another user may block or have side effects.
var ErrNotFile = errors.New("not a regular file")

// Open opens a file that the caller named, for reading. If the process has more rights than its caller, they
// are not used ([AsCaller]), and only regular files, the null device and descriptors that are open already,
// such as the pipe of `<(command)`, are opened. Otherwise it is os.Open.
func Open(path string) (*os.File, error) { return open(path, os.O_RDONLY, 0) }

// Create opens a file that the caller named for writing, like [Open], and truncates it.
func Create(path string, mode fs.FileMode) (*os.File, error) {
	return open(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, mode)
}

// maxFile is the maximum size of a file that is read at once: keys, settings and small tables.
const maxFile = 1 << 20

var errTooLong = errors.New("larger than 1 MiB")

// ReadFile reads a small file that the caller named, like [Open].
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errTooLong}
	}
	return text, err
}

func open(path string, flags int, mode fs.FileMode) (*os.File, error) {
	c := readCredentials()
	who, limited := callerOf(&c)
	if !limited {
		return os.OpenFile(path, flags, mode)
	}
	if f, err := openDescriptor(path); f != nil || err != nil {
		return f, err
	}
	var f *os.File
	err := lowered(who, func() (err error) {
		f, err = openRegular(path, flags, mode)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("with the rights of user %d: %w", who.uid, err)
	}
	return f, nil
}

// Namespace returns a path of the namespace that a path of the caller leads to. If the process has more
// rights than its caller, the path is opened with the caller's, and the result leads to the same namespace
// even if the path changes; it is valid until the process ends. Otherwise the result is the path itself.
func Namespace(path string) (string, error) {
	c := readCredentials()
	who, limited := callerOf(&c)
	if !limited {
		return path, nil
	}
	fd := -1
	err := lowered(who, func() (err error) {
		fd, err = openRetry(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		err = &fs.PathError{Op: "open", Path: path, Err: err}
		return "", fmt.Errorf("with the rights of user %d: %w", who.uid, err)
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil || st.Type != unix.NSFS_MAGIC {
		_ = unix.Close(fd) // O_PATH
		return "", &fs.PathError{Op: "open", Path: path, Err: errNotNamespace}
	}
	return "/proc/self/fd/" + strconv.Itoa(fd), nil
}

var errNotNamespace = errors.New("not a network namespace")

// openRegular opens a regular file without blocking. Other files are not truncated.
func openRegular(path string, flags int, mode fs.FileMode) (*os.File, error) {
	const safe = unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC | unix.O_LARGEFILE
	fd, err := openRetry(path, flags&^os.O_TRUNC|safe, uint32(mode.Perm()))
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && !regular(&st) {
		err = ErrNotFile
	}
	if err == nil && flags&os.O_TRUNC != 0 && st.Mode&unix.S_IFMT == unix.S_IFREG {
		err = unix.Ftruncate(fd, 0)
	}
	if err != nil {
		_ = unix.Close(fd) // nothing was written
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

func openRetry(path string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Open(path, flags, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// regular reports whether a file is a regular one or the null device.
func regular(st *unix.Stat_t) bool { return st.Mode&unix.S_IFMT == unix.S_IFREG || null(st) }

func null(st *unix.Stat_t) bool {
	return st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == unix.Mkdev(1, 3)
}

// standard are the names of standard descriptors.
var standard = map[string]int{"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}

// openDescriptor duplicates a descriptor that the caller has opened, if path names one: opening it again
// would require rights. It returns nil for other paths.
func openDescriptor(path string) (*os.File, error) {
	fd, ok := standard[path]
	if digits, found := strings.CutPrefix(path, "/dev/fd/"); found && !ok {
		n, err := strconv.ParseUint(digits, 10, 31)
		fd, ok = int(n), err == nil
	}
	if !ok {
		return nil, nil
	}
	fresh, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fresh), path), nil
}
