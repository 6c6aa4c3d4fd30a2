package rights

import (
	"fmt"
	"runtime"
	"unsafe" // setgroups(2) and capset(2) are wrapped for all threads or for the wrong set

	"golang.org/x/sys/unix"
)

// setCapabilities sets the capabilities of the calling thread.
func setCapabilities(h *unix.CapUserHeader, set *[2]unix.CapUserData) error {
	if err := unix.Capset(h, &set[0]); err != nil {
		return fmt.Errorf("set capabilities: %w", err)
	}
	return nil
}

// setFSUser sets the user and group with which the calling thread opens files. The calls do not report
// failures, so each is repeated to read the result.
func setFSUser(uid, gid int) error {
	_, _ = unix.SetfsgidRetGid(gid)
	_, _ = unix.SetfsuidRetUid(uid)
	if is, err := unix.SetfsgidRetGid(-1); err != nil || is != gid {
		return fmt.Errorf("open files as group %d: it stays %d", gid, is)
	}
	if is, err := unix.SetfsuidRetUid(-1); err != nil || is != uid {
		return fmt.Errorf("open files as user %d: it stays %d", uid, is)
	}
	return nil
}

// setGroups sets the supplementary groups of the calling thread only.
func setGroups(groups []int) error {
	list := make([]uint32, len(groups)+1) // an address is needed even for none
	for i, g := range groups {
		list[i] = uint32(g)
	}
	_, _, errno := unix.RawSyscall(sysSetgroups, uintptr(len(groups)), uintptr(unsafe.Pointer(&list[0])), 0)
	runtime.KeepAlive(list)
	if errno != 0 {
		return errno
	}
	return nil
}

// Bare calls start, which starts a program, on a thread without inheritable capabilities, and so without
// ambient ones: the program has none of those that this process has from who started it. start must stay on
// its goroutine.
func Bare(start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread() // the thread goes on without: nothing else depends on them
	h, have, err := capabilities()
	if err != nil {
		return err
	}
	have[0].Inheritable, have[1].Inheritable = 0, 0
	if err := setCapabilities(&h, &have); err != nil {
		return err
	}
	return start()
}
