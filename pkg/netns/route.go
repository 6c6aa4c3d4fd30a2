//go:build linux

package netns

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A route is a way to open a namespace.
type route struct {
	kind  routeKind
	path  string // a link of /proc, a typed path, or the root of point
	point string // a mount point
	id    uint64 // id of the kernel, or a process id
	fd    int    // of the process
}

type routeKind uint8

const (
	byLink   routeKind = iota // a magic link of /proc: ns/net of a thread, or a descriptor
	byMount                   // a mount point of the caller's mount namespace
	byRoot                    // a mount point of another mount namespace
	byID                      // the kernel's id
	bySocket                  // a socket of a process
	byPath                    // a path that a user typed
)

// An opener opens namespaces, and no other files.
type opener struct {
	dev    uint64        // device number of nsfs
	uncach bool          // RESOLVE_CACHED is not available
	wait   time.Duration // timeout of a walk without it
	stuck  bool          // a walk timed out, so no other is tried
}

// patience is the timeout of a walk on kernels without RESOLVE_CACHED.
const patience = time.Second

func newOpener() (*opener, error) {
	var st unix.Stat_t
	if err := unix.Stat(ownNet, &st); err != nil {
		return nil, fmt.Errorf("%s: %w (/proc: is it mounted?)", ownNet, err)
	}
	return &opener{dev: uint64(st.Dev), wait: patience}, nil //nolint:unconvert // uint32 on MIPS
}

// open opens the namespace with this inode, any if that is 0. The caller closes the descriptor.
func (o *opener) open(r *route, inode uint64) (int, error) {
	if r.kind == byID || r.kind == bySocket { // these lead to namespaces only
		fd, err := r.openDirect()
		if err != nil {
			return -1, err
		}
		return o.checked(fd, inode)
	}
	at, err := o.locate(r)
	if err != nil {
		return -1, err
	}
	defer unix.Close(at) //nolint:errcheck // O_PATH
	if err := o.verify(at, inode); err != nil {
		return -1, err
	}
	fd, err := unix.Open("/proc/self/fd/"+strconv.Itoa(at), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("open", err)
	}
	return o.checked(fd, inode)
}

func (r *route) openDirect() (int, error) {
	if r.kind == byID {
		return openID(r.id)
	}
	return openSocket(int(r.id), r.fd)
}

// locate returns an O_PATH descriptor, which may be of any file.
func (o *opener) locate(r *route) (int, error) {
	switch r.kind {
	case byMount, byRoot:
		return o.mount(r)
	default:
		fd, err := unix.Open(r.path, unix.O_PATH|unix.O_CLOEXEC, 0)
		return fd, os.NewSyscallError("open", err)
	}
}

// ErrNotNetNS says that a file is not a network namespace.
var ErrNotNetNS = errors.New("not a network namespace")

// verify checks by device and inode that an O_PATH descriptor is of the namespace. It must not send
// requests to a file system that may hang. The device number of nsfs is unique.
func (o *opener) verify(fd int, inode uint64) error {
	var st unix.Statx_t
	err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_INO, &st)
	dev, ino := unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino
	if err == unix.ENOSYS || err == unix.EPERM { // before Linux 4.11, or in a sandbox
		var old unix.Stat_t
		err = unix.Fstat(fd, &old)
		dev, ino = uint64(old.Dev), old.Ino //nolint:unconvert // uint32 on MIPS
	}
	switch {
	case err != nil:
		return os.NewSyscallError("statx", err)
	case dev != o.dev:
		return ErrNotNetNS
	case inode != 0 && ino != inode:
		return ErrGone
	default:
		return nil
	}
}

// checked checks the type and inode of the open namespace.
func (o *opener) checked(fd int, inode uint64) (int, error) {
	err := o.verify(fd, inode)
	if err == nil {
		err = isNet(fd)
	}
	if err != nil {
		_ = unix.Close(fd) // read-only
		return -1, err
	}
	return fd, nil
}

// isNet checks that a descriptor is a network namespace: by file system, and since Linux 4.11 by
// NS_GET_NSTYPE.
func isNet(fd int) error {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return os.NewSyscallError("fstatfs", err)
	}
	if fs.Type != unix.NSFS_MAGIC {
		return ErrNotNetNS
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	switch {
	case err == unix.ENOTTY: // an older kernel
		return nil
	case err != nil:
		return os.NewSyscallError("ioctl NS_GET_NSTYPE", err)
	case kind != unix.CLONE_NEWNET:
		return ErrNotNetNS
	default:
		return nil
	}
}

func inodeOf(fd int) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, fmt.Errorf("network namespace: %w", os.NewSyscallError("fstat", err))
	}
	return st.Ino, nil
}
