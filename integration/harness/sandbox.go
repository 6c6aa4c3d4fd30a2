package harness

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Sandbox takes something away from a command.
type Sandbox string

// What can be taken away.
const (
	NoNetlink         Sandbox = "no-netlink"          // seccomp: socket(AF_NETLINK) fails with EPERM
	NoNetlinkFamily   Sandbox = "no-netlink-family"   // the same with EAFNOSUPPORT, as by systemd
	NoNetlinkProtocol Sandbox = "no-netlink-protocol" // with EPROTONOSUPPORT
	NoNetlinkAccess   Sandbox = "no-netlink-access"   // with EACCES, as by security modules
	NoBPF             Sandbox = "no-bpf"              // seccomp: bpf(2) fails with EPERM
	NoProc            Sandbox = "no-proc"             // an empty file system over /proc
	NoRights          Sandbox = "no-rights"           // user and group 65534, no capabilities
	Memory32          Sandbox = "memory-32"           // a cgroup of 32 MiB, the kernel's memory for it included
	Memory64          Sandbox = "memory-64"
	Memory96          Sandbox = "memory-96"
)

// sandboxEnv holds the sandboxes of a command, which the test binary itself enters before it runs it.
const sandboxEnv = "NLSTAT_SANDBOX"

const nobody = 65534

// enterSandbox runs the command that Exec wanted in a sandbox. It returns only if it cannot.
func enterSandbox(names string) error {
	runtime.LockOSThread()
	if err := os.Unsetenv(sandboxEnv); err != nil {
		return err
	}
	for name := range strings.SplitSeq(names, ",") {
		if err := takeAway(Sandbox(name)); err != nil {
			return fmt.Errorf("sandbox %s: %w", name, err)
		}
	}
	return unix.Exec(os.Args[1], os.Args[2:], os.Environ())
}

func takeAway(what Sandbox) error {
	switch what {
	case NoNetlink:
		return deny(unix.SYS_SOCKET, unix.AF_NETLINK, true, unix.EPERM)
	case NoNetlinkFamily:
		return deny(unix.SYS_SOCKET, unix.AF_NETLINK, true, unix.EAFNOSUPPORT)
	case NoNetlinkProtocol:
		return deny(unix.SYS_SOCKET, unix.AF_NETLINK, true, unix.EPROTONOSUPPORT)
	case NoNetlinkAccess:
		return deny(unix.SYS_SOCKET, unix.AF_NETLINK, true, unix.EACCES)
	case NoBPF:
		return deny(unix.SYS_BPF, 0, false, unix.EPERM)
	case NoProc:
		return hideProc()
	case NoRights:
		return dropRights()
	case Memory32:
		return limitMemory(32 << 20)
	case Memory64:
		return limitMemory(64 << 20)
	case Memory96:
		return limitMemory(96 << 20)
	default:
		return fmt.Errorf("unknown")
	}
}

func hideProc() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/proc", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return unix.Mount("none", "/proc", "tmpfs", 0, "")
}

func dropRights() error {
	if err := unix.Setgroups(nil); err != nil {
		return err
	}
	if err := unix.Setresgid(nobody, nobody, nobody); err != nil {
		return err
	}
	return unix.Setresuid(nobody, nobody, nobody)
}

// deny makes a system call fail with an error, if its first argument is arg or whatever that is.
func deny(call uint32, arg uint32, checkArg bool, errno unix.Errno) error {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ret   = unix.BPF_RET | unix.BPF_K
	)
	refuse := uint32(unix.SECCOMP_RET_ERRNO) | uint32(errno)
	program := []unix.SockFilter{
		{Code: load, K: 0}, // seccomp_data.nr
		{Code: equal, K: call, Jf: 3},
		{Code: load, K: 16}, // seccomp_data.args[0], little endian
		{Code: equal, K: arg, Jf: 1},
		{Code: ret, K: refuse},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
	if !checkArg {
		program[3] = unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA}
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0)
}
