// Package rights separates the rights of the process from those of its caller.
//
// Files that the caller names are opened with the caller's rights ([Open], [Create], [AsCaller],
// [ReadConfig]), even if the process has capabilities, or was started by set-user-ID or sudo;
// [CleanEnvironment] and [Elevated] are for other inputs of the caller. [Drop] drops the capabilities that
// listing sockets does not need, and [Confine] access to files and system calls, which limits the damage of a
// bug in parsing hostile data of the kernel, a process or a recording.
package rights

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe" // capset(2) has no wrapper that reaches all threads

	"golang.org/x/sys/unix"
)

// needed are the capabilities that requests to the kernel require.
var needed = [...]uint{
	unix.CAP_NET_ADMIN,       // marks, packet filters, TCP-MD5 keys, flows; closing sockets
	unix.CAP_SYS_PTRACE,      // other users' /proc/PID/fd
	unix.CAP_DAC_READ_SEARCH, // the same, and their folders
	unix.CAP_BPF,             // the iterator over all descriptors
	unix.CAP_PERFMON,         // the same
	unix.CAP_SYS_ADMIN,       // entering network namespaces; the iterator before Linux 5.8
}

// Drop drops, on every thread and permanently, all capabilities except those needed to read the tables,
// and the right to gain any by executing a program (PR_SET_NO_NEW_PRIVS). Call it when the files that the
// user named are open: afterwards files that only root may write cannot be opened for writing. [Confine] does
// the same and more.
//
// In a program built with cgo it does nothing: the runtime cannot reach threads that C started.
func Drop() error { return supported(giveUpPrivileges(), dropCapabilities()) }

// supported returns the first of the errors that is not errors.ErrUnsupported.
func supported(errs ...error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return nil
}

// giveUpPrivileges keeps all threads from gaining rights by executing a program. Like every call on all
// threads it stops the program and interrupts each, and is not possible in a program built with cgo: the
// error ENOTSUP is errors.ErrUnsupported.
func giveUpPrivileges() error {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("give up new privileges: %w", errno)
	}
	return nil
}

// dropCapabilities drops those that are not needed, if there are any, on all threads.
func dropCapabilities() error {
	h, have, err := capabilities()
	if err != nil {
		return err
	}
	keep := keepOnly(have)
	if keep == have {
		return nil
	}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(&h)), uintptr(unsafe.Pointer(&keep[0])), 0)
	runtime.KeepAlive(&keep)
	if errno != 0 {
		return fmt.Errorf("drop capabilities: %w", errno)
	}
	return nil
}

// Inspects reports whether the process started with the capabilities needed to read the descriptors of other
// processes. A user namespace or a security module may still deny it.
func Inspects() bool { return inspects() }

// inspects is read before [Confine], which forbids the call.
var inspects = sync.OnceValue(func() bool {
	_, have, err := capabilities()
	const both = 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_DAC_READ_SEARCH
	return err == nil && have[0].Effective&both == both
})

// capabilities returns the capabilities of the calling thread, and the header for setting them.
func capabilities() (h unix.CapUserHeader, have [2]unix.CapUserData, err error) {
	h.Version = unix.LINUX_CAPABILITY_VERSION_3
	if err := unix.Capget(&h, &have[0]); err != nil {
		return h, have, fmt.Errorf("read capabilities: %w", err)
	}
	return h, have, nil
}

// keepOnly reduces the sets to the given capabilities; none are inheritable.
func keepOnly(have [2]unix.CapUserData) (keep [2]unix.CapUserData) {
	for _, c := range &needed {
		bit := uint32(1) << (c % 32)
		keep[c/32].Effective |= have[c/32].Effective & bit
		keep[c/32].Permitted |= have[c/32].Permitted & bit
	}
	return keep
}
