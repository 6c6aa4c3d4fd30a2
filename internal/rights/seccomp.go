package rights

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe" // seccomp(2) has no wrapper

	"golang.org/x/sys/unix"
)

// auditArch are the kernel's numbers of architectures. System call numbers have different meanings on each.
var auditArch = map[string]uint32{
	"amd64": unix.AUDIT_ARCH_X86_64, "386": unix.AUDIT_ARCH_I386, "arm64": unix.AUDIT_ARCH_AARCH64,
	"arm": unix.AUDIT_ARCH_ARM, "riscv64": unix.AUDIT_ARCH_RISCV64,
}

// Offsets in struct seccomp_data. All these architectures are little endian.
const (
	dataCall = 0
	dataArch = 4
	dataArgs = 16
)

// The operation and the actions of seccomp(2), include/uapi/linux/seccomp.h.
const (
	setModeFilter = 1
	retErrno      = 0x00050000
	retAllow      = 0x7fff0000
)

// x32Bit marks calls of the x32 ABI of amd64.
const x32Bit = 0x40000000

// seccomp makes the kernel refuse system calls on all threads. Unprivileged users have to give up new
// privileges first. The kernel does that on the other threads, too, when it applies the filter, also on those
// that Go does not know.
func seccomp(c *Confinement) error {
	arch, ok := auditArch[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("seccomp on %s: %w", runtime.GOARCH, errors.ErrUnsupported)
	}
	filter := callFilter(arch, c)
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP,
		setModeFilter, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	switch {
	case errno == unix.ENOSYS, errno == unix.EINVAL:
		return fmt.Errorf("seccomp: %w", errors.ErrUnsupported)
	case errno != 0:
		return fmt.Errorf("seccomp: %w", errno)
	case thread != 0:
		return fmt.Errorf("seccomp: thread %d has other filters", thread)
	default:
		return nil
	}
}

// callFilter returns the program that the kernel runs for each call: it refuses what is in the lists, and to
// open a file for anything but reading. On 386, Go makes sockets by a call whose arguments are in memory.
func callFilter(arch uint32, c *Confinement) []unix.SockFilter {
	var f filterBuilder
	f.load(dataArch)
	f.unless(unix.BPF_JEQ, arch, unix.EPERM)
	f.load(dataCall)
	if arch == unix.AUDIT_ARCH_X86_64 {
		f.when(unix.BPF_JGE, x32Bit, unix.EPERM)
	}
	lists := [][]uint32{changing[:], changingOld[:], changing32[:]}
	if !c.Rename {
		lists = append(lists, renaming[:], renamingOld[:])
	}
	for _, list := range lists {
		for _, call := range list {
			f.when(unix.BPF_JEQ, call, unix.EPERM)
		}
	}
	if !c.Processes {
		// The filter cannot read its flags, which are in memory. Callers handle kernels without it.
		f.when(unix.BPF_JEQ, unix.SYS_OPENAT2, unix.ENOSYS)
	}
	f.checkValue(unix.SYS_SOCKET, 0, unix.AF_UNIX)
	f.checkValue(unix.SYS_IOCTL, 1, setFlags, setFlags32, setFlagsMore, unix.TIOCSTI, tioclinux)
	for _, open := range opening {
		f.checkFlags(open.call, open.flags)
	}
	for _, open := range openingOld {
		f.checkFlags(open.call, open.flags)
	}
	return append(f, ret(retAllow))
}

// A filterBuilder builds a classic BPF program.
type filterBuilder []unix.SockFilter

func ret(value uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
}

func refuse(errno unix.Errno) unix.SockFilter { return ret(retErrno | uint32(errno)) }

func (f *filterBuilder) load(place uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: place})
}

// when refuses the call if the comparison holds.
func (f *filterBuilder) when(compare uint16, k uint32, errno unix.Errno) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | compare | unix.BPF_K, Jf: 1, K: k}, refuse(errno))
}

// unless refuses the call if the comparison does not hold.
func (f *filterBuilder) unless(compare uint16, k uint32, errno unix.Errno) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | compare | unix.BPF_K, Jt: 1, K: k}, refuse(errno))
}

// The requests of ioctl(2) that change the attributes of a file, whatever it was opened for
// (FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS and FS_IOC_FSSETXATTR, include/uapi/linux/fs.h), and beside TIOCSTI the
// other one that types into a terminal, for the shell that comes after.
const (
	setFlags     = 0x40086602
	setFlags32   = 0x40046602
	setFlagsMore = 0x401c5820
	tioclinux    = 0x541c
)

// checkValue ends the program for a call: refused if its argument n has one of the values.
func (f *filterBuilder) checkValue(call, n uint32, values ...uint32) {
	skip := uint8(2*len(values) + 2)
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: skip, K: call})
	f.load(dataArgs + 8*n)
	for _, value := range values {
		f.when(unix.BPF_JEQ, value, unix.EPERM)
	}
	*f = append(*f, ret(retAllow))
}

// writes are the flags that open a file for more than reading.
const writes = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC

// checkFlags ends the program for a call that opens files: it is refused if argument n has one of those
// flags.
func (f *filterBuilder) checkFlags(call, n uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 4, K: call})
	f.load(dataArgs + 8*n)
	f.when(unix.BPF_JSET, writes, unix.EACCES)
	*f = append(*f, ret(retAllow))
}
