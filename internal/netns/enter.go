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
	result := make(chan error, 1)
	go func() { result <- visit(ns, f) }() // a thread that cannot return must die with its goroutine
	return <-result
}

// visit enters ns, calls f and returns. It unlocks the thread only if that is back where it was.
func visit(ns int, f func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread() // nothing was changed
		return fmt.Errorf("open own network namespace: %w", err)
	}
	defer home.Close() //nolint:errcheck // it was only looked at
	if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("enter network namespace: %w", os.NewSyscallError("setns", err))
	}
	err = f()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return err
}
