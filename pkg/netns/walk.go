//go:build linux

package netns

import (
	"errors"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const pathFlags = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC

// resolveCached is RESOLVE_CACHED of include/uapi/linux/openat2.h, since Linux 5.12.
const resolveCached = 0x20

// cachedTries is how often a path is resolved again after a concurrent rename.
const cachedTries = 3

// mount returns an O_PATH descriptor of a mount point. Mount points and their parents are pinned in the
// dentry cache, so that the kernel sends no requests to a file system that may hang.
func (o *opener) mount(r *route) (int, error) {
	root, err := unix.Open(r.path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("open", err)
	}
	fd, err := o.cached(root, r.point)
	switch {
	case err == nil || !o.uncach && err != unix.EAGAIN:
		_ = unix.Close(root) // O_PATH
		return fd, os.NewSyscallError("openat2", err)
	case r.kind == byMount && inFolder(r.point):
		// The caller's own /run/netns may be on NFS, whose attributes have to be revalidated.
		defer unix.Close(root) //nolint:errcheck // O_PATH
		return walk(root, r.point)
	case o.uncach:
		return o.patiently(root, r.point)
	default:
		_ = unix.Close(root) // O_PATH
		return -1, os.NewSyscallError("openat2", err)
	}
}

func inFolder(point string) bool {
	_, ok := ipName(point)
	return ok
}

func (o *opener) cached(root int, point string) (fd int, err error) {
	if o.uncach {
		return -1, unix.ENOSYS
	}
	how := unix.OpenHow{Flags: pathFlags, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS |
		unix.RESOLVE_NO_SYMLINKS | resolveCached}
	for range cachedTries {
		fd, err = unix.Openat2(root, relative(point), &how)
		if err != unix.EAGAIN {
			break
		}
	}
	// ENOSYS: before Linux 5.6; EINVAL: before 5.12; EPERM: in a sandbox
	o.uncach = err == unix.ENOSYS || err == unix.EINVAL || err == unix.EPERM
	return fd, err
}

func relative(point string) string {
	if point = strings.TrimPrefix(point, "/"); point == "" {
		return "."
	}
	return point
}

// walk opens one component after the other, without following symbolic links.
func walk(root int, point string) (int, error) {
	at, err := unix.Dup(root)
	if err != nil {
		return -1, os.NewSyscallError("dup", err)
	}
	unix.CloseOnExec(at)
	for name := range strings.SplitSeq(relative(point), "/") {
		if name == ".." {
			err = unix.EXDEV // no valid mount point
		}
		next := -1
		if err == nil {
			next, err = unix.Openat(at, name, pathFlags, 0)
		}
		_ = unix.Close(at) // O_PATH
		if err != nil {
			return -1, os.NewSyscallError("openat", err)
		}
		at = next
	}
	return at, nil
}

var errStuck = errors.New("a file system does not answer")

// patiently walks in a goroutine, whose thread is lost if a file system on the path hangs. It closes
// root.
func (o *opener) patiently(root int, point string) (int, error) {
	if o.stuck {
		_ = unix.Close(root) // O_PATH
		return -1, errStuck
	}
	type result struct {
		fd  int
		err error
	}
	results := make(chan result)
	giveUp := make(chan struct{})
	go func() { // ends with the walk, even if nothing waits for it
		fd, err := walk(root, point)
		_ = unix.Close(root) // O_PATH
		select {
		case results <- result{fd, err}:
		case <-giveUp:
			if err == nil {
				_ = unix.Close(fd) // O_PATH
			}
		}
	}()
	timer := time.NewTimer(o.wait)
	defer timer.Stop()
	select {
	case r := <-results:
		return r.fd, r.err
	case <-timer.C:
		close(giveUp)
		o.stuck = true
		return -1, errStuck
	}
}
