// Package rights keeps the rights of the process and those of its caller apart.
//
// What the caller names is opened with his own rights ([Open], [Create], [AsCaller], [ReadConfig]), whatever
// capabilities, user or sudo rule started the process; [CleanEnvironment] and [Elevated] are for what else
// he may steer. [Drop] gives up the capabilities that listing sockets does not need, and [Confine] the files
// and calls, so that a mistake in parsing what the kernel, a process or a recording says is worth little to
// its cause.
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

// needed are the capabilities that requests to the kernel require, with the request.
var needed = [...]uint{
	unix.CAP_NET_ADMIN,       // marks, packet filters, TCP-MD5 keys, flows; closing sockets
	unix.CAP_SYS_PTRACE,      // other users' /proc/PID/fd
	unix.CAP_DAC_READ_SEARCH, // the same, and their folders
	unix.CAP_BPF,             // the iterator over all descriptors
	unix.CAP_PERFMON,         // the same
	unix.CAP_SYS_ADMIN,       // entering network namespaces; the iterator before Linux 5.8
}

// Drop gives up, on every thread and for good, all capabilities but those that reading the tables
// needs, and the right to gain any by executing a program (PR_SET_NO_NEW_PRIVS). Call it when the
// files that the user named are open: writing where only root may is among what goes.
//
// In a program built with cgo it does nothing: the runtime cannot reach threads that C started.
func Drop() error {
	h, have, err := capabilities()
	if err != nil {
		return err
	}
	keep := keepOnly(have)
	switch err := giveUpPrivileges(); {
	case errors.Is(err, errors.ErrUnsupported):
		return nil // built with cgo
	case err != nil:
		return err
	case keep == have:
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

// giveUpPrivileges keeps all threads from gaining rights by executing a program. The error wraps
// errors.ErrUnsupported in a program built with cgo.
func giveUpPrivileges() error {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("give up new privileges: %w", errno) // ENOTSUP is errors.ErrUnsupported
	}
	return nil
}

// Inspects reports whether the process began with the capabilities that reading the descriptors of other
// processes takes. A user namespace or a security module may refuse it all the same.
func Inspects() bool { return inspects() }

// inspects is known before [Confine], which forbids the call.
var inspects = sync.OnceValue(func() bool {
	_, have, err := capabilities()
	const both = 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_DAC_READ_SEARCH
	return err == nil && have[0].Effective&both == both
})

// capabilities returns those of the calling thread, and the header to set them with.
func capabilities() (h unix.CapUserHeader, have [2]unix.CapUserData, err error) {
	h.Version = unix.LINUX_CAPABILITY_VERSION_3
	if err := unix.Capget(&h, &have[0]); err != nil {
		return h, have, fmt.Errorf("read capabilities: %w", err)
	}
	return h, have, nil
}

// keepOnly leaves of the sets what is needed; nothing is inherited.
func keepOnly(have [2]unix.CapUserData) (keep [2]unix.CapUserData) {
	for _, c := range &needed {
		bit := uint32(1) << (c % 32)
		keep[c/32].Effective |= have[c/32].Effective & bit
		keep[c/32].Permitted |= have[c/32].Permitted & bit
	}
	return keep
}
