package signals

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// memory is what a run needs in addition to the memory of the started runtime. Most of the address space is
// reserved, not used. With less than the runtime needs at its start, it prints its own message.
var memory = [...]struct {
	resource int
	megas    int
	protect  int // of a mapping that counts against the limit
	what     string
}{
	{unix.RLIMIT_AS, 96, unix.PROT_NONE, "address space (ulimit -v)"},
	{unix.RLIMIT_DATA, 16, unix.PROT_READ | unix.PROT_WRITE, "data (ulimit -d)"},
}

// Limits returns an error that names the limit under which the program cannot run. The runtime would end it
// with a trace.
func Limits() error {
	if err := roomForMemory(); err != nil {
		return err
	}
	switch {
	case !roomForFiles(files):
		return fmt.Errorf("the limit of open files (ulimit -n) leaves less than %d", files)
	case !roomForSignals(limitOf):
		return fmt.Errorf("the limit of pending signals (ulimit -i) is less than %d", pending)
	case !roomForThreads(threads):
		return fmt.Errorf("the limit of processes (ulimit -u) leaves less than %d, and threads count", threads)
	default:
		reserve()
		return nil
	}
}

// Needs of the runtime, and one file for the program: the poller has two files.
const (
	files   = 3
	threads = 4
	pending = 16 // signals, one for each thread at a time
)

// fewFiles is the limit below which the runtime opens its files at once. Otherwise it opens them with the
// first file, and ends with a trace if the limit is reached then.
const fewFiles = 64

// reserve makes the runtime open the files of its poller.
func reserve() {
	if limitOf(unix.RLIMIT_NOFILE) > fewFiles {
		return
	}
	if fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err == nil {
		_ = os.NewFile(uintptr(fd), "event").Close() // non-blocking files are added to the poller
	}
}

// loosen raises a limit as far as its owner may: the message about it takes memory, too.
func loosen(resource int) {
	var r unix.Rlimit
	if unix.Getrlimit(resource, &r) == nil {
		r.Cur = r.Max
		_ = unix.Setrlimit(resource, &r) // then the message may fail
	}
}

func limitOf(resource int) uint64 {
	var r unix.Rlimit
	if unix.Getrlimit(resource, &r) != nil {
		return unix.RLIM_INFINITY
	}
	return r.Cur
}

// roomForFiles reports whether that many files can be opened.
func roomForFiles(n int) bool {
	fds := make([]int, 0, n)
	defer func() {
		for _, fd := range fds {
			_ = unix.Close(fd) // nothing was written
		}
	}()
	for range n {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			return false
		}
		fds = append(fds, fd)
	}
	return true
}

// roomForSignals reports whether signals can be queued. The runtime sends them to its threads, and would wait
// forever for those that the kernel does not queue.
func roomForSignals(limit func(resource int) uint64) bool {
	return limit(unix.RLIMIT_SIGPENDING) >= pending
}

// roomForThreads reports whether the user may have that many more threads. Their present number cannot be
// read, so a process is started under a limit that is lower by that number.
func roomForThreads(n uint64) bool {
	var limit unix.Rlimit
	var system unix.Sysinfo_t
	if unix.Getrlimit(unix.RLIMIT_NPROC, &limit) != nil || unix.Sysinfo(&system) != nil ||
		uint64(system.Procs)+n <= limit.Cur {
		return true
	}
	lower := unix.Rlimit{Cur: limit.Cur - min(n, limit.Cur), Max: limit.Max}
	if unix.Setrlimit(unix.RLIMIT_NPROC, &lower) != nil {
		return true
	}
	_, err := syscall.ForkExec("/", nil, nil) // a directory, which is not a program
	return unix.Setrlimit(unix.RLIMIT_NPROC, &limit) == nil && !errors.Is(err, unix.EAGAIN)
}

// roomForMemory reports whether the memory can be mapped, if there is a limit.
func roomForMemory() error {
	for _, m := range &memory {
		if limitOf(m.resource) == unix.RLIM_INFINITY {
			continue
		}
		room, err := unix.Mmap(-1, 0, m.megas<<20, m.protect, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			loosen(m.resource)
			return fmt.Errorf("the limit of %s leaves less than %d MiB", m.what, m.megas)
		}
		_ = unix.Munmap(room) // it was not used
	}
	return nil
}
