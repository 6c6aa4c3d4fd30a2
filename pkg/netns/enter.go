//go:build linux

package netns

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Do calls f on a thread that is in the network namespace of the descriptor ns, such as that of
// [Namespace.Open]. Files and sockets that f opens stay in that namespace; goroutines that it starts do not
// run there. It needs CAP_SYS_ADMIN (setns(2), Linux 3.0), unless ns is the calling thread's own namespace,
// or 0, which stands for it: then f runs on the calling thread.
func Do(ns int, f func() error) error {
	if here, err := isHere(ns); err != nil {
		return err
	} else if here {
		return inPlace(f)
	}
	return abroad(func(t *traveler) error {
		if err := t.enter(ns); err != nil {
			return err
		}
		return f()
	})
}

// isHere reports whether ns is the calling thread's namespace.
func isHere(ns int) (bool, error) {
	if ns == 0 {
		return true, nil
	}
	inode, err := inodeOf(ns)
	if err != nil {
		return false, err
	}
	own, err := ownInode()
	return err == nil && own == inode && isNet(ns) == nil, nil // without /proc, setns decides
}

// inPlace calls f on the current thread, whose namespace was compared.
func inPlace(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return f()
}

// Each calls f on a thread that enters one namespace after the other, which is faster than several calls of
// Do. For a namespace that cannot be entered, because it no longer exists (ErrGone) or for lack of rights
// (os.ErrPermission), f is called with the error, on any thread. The caller's own namespace needs no
// rights. An error of f ends the loop and is returned.
func Each(spaces []Namespace, f func(ns *Namespace, err error) error) error {
	return abroad(func(t *traveler) error {
		for i := range spaces {
			if err := t.visit(&spaces[i], f); err != nil {
				return err
			}
		}
		return nil
	})
}

// New creates a network namespace, which has only a loopback interface that is down, and returns a
// descriptor of it. The namespace exists as long as the descriptor or a socket or a process in it. It needs
// CAP_SYS_ADMIN (unshare(2), Linux 3.0).
func New() (ns *os.File, err error) {
	err = abroad(func(t *traveler) error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", os.NewSyscallError("unshare", err))
		}
		t.at = 0 // unknown, but not home
		ns, err = os.Open(ownNet)
		return err
	})
	return ns, err
}

// A traveler is a thread that enters other namespaces.
type traveler struct {
	home  int    // descriptor of the original namespace
	start uint64 // inode of that
	at    uint64 // inode of the current namespace
}

func (t *traveler) visit(ns *Namespace, f func(ns *Namespace, err error) error) error {
	if ns.Inode == t.at {
		return f(ns, nil)
	}
	if ns.Inode == t.start { // its path in /proc may be of this thread
		return f(ns, t.enter(t.home))
	}
	file, err := ns.Open()
	if err != nil {
		return f(ns, err)
	}
	defer file.Close() //nolint:errcheck // it was only entered
	return f(ns, t.enter(int(file.Fd())))
}

func (t *traveler) enter(ns int) error {
	if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace: %w", os.NewSyscallError("setns", err))
	}
	var err error
	t.at, err = inodeOf(ns)
	return err
}

var errGoexit = errors.New("the function in the network namespace ended its goroutine")

// abroad calls f in a goroutine with a thread of its own, not the main thread, which f may move to other
// namespaces. A thread that cannot return to its namespace must end: it does so with the goroutine that is
// locked to it.
func abroad(f func(t *traveler) error) error {
	result := make(chan error, 1)
	go func() { // for its thread; the caller waits for it
		err := errGoexit
		defer func() { result <- err }()
		err = journey(f)
	}()
	return <-result
}

func journey(f func(t *traveler) error) error {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The main thread cannot end, and /proc/self shows its namespace. While it is locked here, another
		// goroutine gets another thread.
		defer runtime.UnlockOSThread()
		return abroad(f)
	}
	home, err := unix.Open(ownNet, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		runtime.UnlockOSThread() // it is in its original namespace
		return &os.PathError{Op: "open", Path: ownNet, Err: err}
	}
	defer unix.Close(home) //nolint:errcheck // read-only
	t := &traveler{home: home}
	if t.start, err = inodeOf(home); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	t.at = t.start
	err = f(t)
	if t.at == t.start || t.enter(home) == nil {
		runtime.UnlockOSThread()
	}
	return err
}

// Open opens a file for reading in the namespace of the descriptor ns, that of the calling thread if it is 0.
func Open(ns int, path string) (f *os.File, err error) {
	err = Do(ns, func() error {
		f, err = os.Open(path)
		return err
	})
	return f, err
}
