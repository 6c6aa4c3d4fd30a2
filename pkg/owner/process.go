//go:build linux

package owner

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A Process has the data of one process (or thread) in /proc, each part read when it is first requested.
// Parts are empty if the process has ended, even if another process has its id now, or if its files may not
// be read. All bytes are unescaped: see the package comment. They belong to the Process and must not be
// changed.
type Process struct {
	PID    int32
	dir    string
	index  *Index
	stat   part
	cmd    part
	status part
	group  part
	comm   []byte // from another source than /proc
	identity
}

// A part is a file that was read, or nil if not yet.
type part struct {
	data []byte
	read bool
}

// Process returns the data of a process. It is never nil, and the same for the same id.
func (x *Index) Process(pid int32) *Process {
	p := x.procs[pid]
	if p == nil {
		p = &Process{PID: pid, index: x, dir: cmp.Or(x.root, DefaultRoot) + "/" + strconv.Itoa(int(pid))}
		if x.procs == nil {
			x.procs = make(map[int32]*Process)
		}
		x.procs[pid] = p
	}
	return p
}

// Thread returns the data of a thread of a process. Its files are those below /proc/PID/task, which are of
// the thread alone: /proc/TID/stat has the same name, but sums over all threads of the process.
func (x *Index) Thread(pid, tid int32) *Process {
	p := x.Process(tid)
	if !p.stat.read {
		p.dir = cmp.Or(x.root, DefaultRoot) + "/" + string(appendTask(nil, pid, tid))
	}
	return p
}

// Comm returns the kernel's name of the process, which has at most 15 bytes, except for kernel threads. In
// /proc/PID/stat it goes from the first parenthesis to the last.
func (p *Process) Comm() []byte {
	stat := p.Stat()
	if len(stat) == 0 {
		return p.comm
	}
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return nil
	}
	return stat[open+1 : end]
}

// Stat returns /proc/PID/stat. ss parses the name in it differently.
func (p *Process) Stat() []byte { return p.file(&p.stat, "stat") }

// Cmdline returns the arguments of the process, each ended by a NUL, unless the process has overwritten
// them. It is at most 64 KiB long.
func (p *Process) Cmdline() []byte { return p.file(&p.cmd, "cmdline") }

// UID returns the effective user id of the process, false if it is unknown.
func (p *Process) UID() (uint32, bool) {
	for line := range bytes.Lines(p.file(&p.status, "status")) {
		if ids, ok := bytes.CutPrefix(line, []byte("Uid:\t")); ok {
			_, rest, _ := bytes.Cut(ids, []byte{'\t'}) // the real one
			effective, _, _ := bytes.Cut(rest, []byte{'\t'})
			return decimal(effective)
		}
	}
	return 0, false
}

// Cgroup returns the process's control group. Its path is relative to the caller's control group namespace:
// outside of that it begins with "/..".
func (p *Process) Cgroup() cgroup.Group { return cgroup.FromProc(p.file(&p.group, "cgroup")) }

// maxFile is the number of bytes that are read of a file: a command line may have megabytes.
const maxFile = 64 << 10

// file reads a file of the process once.
func (p *Process) file(f *part, name string) []byte {
	if !f.read {
		f.read = true
		f.data = p.open(name)
	}
	return f.data
}

// open reads a file of the process that the scan found, nil if that has ended. The descriptor of its
// directory refers to this process only: a later process with the same id has another directory.
func (p *Process) open(name string) []byte {
	dir, err := unix.Open(p.dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(dir) }() // read-only
	stat := readAt(dir, "stat", maxFile)
	switch {
	case !p.same(dir, stat):
		return nil
	case name == "stat":
		return stat
	}
	p.stat = part{stat, true}
	return readAt(dir, name, maxFile)
}

// readAt reads a file of /proc, whose size is unknown, up to a limit. It returns nothing if the process has
// ended or may not be read.
func readAt(dir int, name string, limit int) []byte {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(fd) }() // read-only
	buf := make([]byte, 512)
	for n := 0; ; {
		m, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		n += max(m, 0)
		if err != nil || m == 0 || n >= limit {
			return buf[:n:n]
		}
		if n == len(buf) {
			buf = slices.Concat(buf, make([]byte, len(buf)))
		}
	}
}
