package netns

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Do calls f on a thread that is in the network namespace of the descriptor ns, such as an open
// /run/netns/NAME. Files and sockets that f opens stay in that namespace; goroutines that it starts
// do not run there. It needs CAP_SYS_ADMIN.
func Do(ns int, f func() error) error {
	return abroad(func() error {
		if err := enter(ns); err != nil {
			return err
		}
		return f()
	})
}

// Each calls f on a thread that is in one namespace after the other, which costs less than as many Dos.
// A namespace that cannot be entered, because it has gone or for want of rights, is given to f with
// the error, on whatever thread. An error of f ends the journey and is returned.
func Each(spaces []Namespace, f func(ns *Namespace, err error) error) error {
	return abroad(func() error {
		for i := range spaces {
			if err := visit(&spaces[i], f); err != nil {
				return err
			}
		}
		return nil
	})
}

func visit(ns *Namespace, f func(ns *Namespace, err error) error) error {
	file, err := ns.Open()
	if err != nil {
		return f(ns, err)
	}
	defer file.Close() //nolint:errcheck // it was only entered
	return f(ns, enter(int(file.Fd())))
}

func enter(ns int) error {
	if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace: %w", os.NewSyscallError("setns", err))
	}
	return nil
}

// abroad calls f in a goroutine with a thread of its own, which f may take to other namespaces. A thread
// that cannot come back must die: that is what the end of a goroutine that is locked to it brings.
func abroad(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := os.Open(ownNet)
		if err != nil {
			runtime.UnlockOSThread() // it never left
			result <- fmt.Errorf("open own network namespace: %w", err)
			return
		}
		defer home.Close() //nolint:errcheck // it was only looked at
		err = f()
		if enter(int(home.Fd())) == nil {
			runtime.UnlockOSThread()
		}
		result <- err
	}()
	return <-result
}

// Open opens a file for reading in the namespace of the descriptor ns, that of the calling thread if it is 0.
func Open(ns int, path string) (f *os.File, err error) {
	if ns == 0 {
		return os.Open(path)
	}
	err = Do(ns, func() error {
		f, err = os.Open(path)
		return err
	})
	return f, err
}
