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

// A Process is what /proc says of one process (or thread), each part read when it is first requested. A
// process that ended since, whose number another process has by now, or whose files may not be read, has
// empty parts. All bytes are as the kernel gave them: see the package comment. They belong to the Process
// and must not be changed.
type Process struct {
	PID    int32
	dir    string
	index  *Index
	stat   part
	cmd    part
	status part
	group  part
	comm   []byte // if another source than /proc knows it
	identity
}

// A part is a file that was read, or nil if not yet.
type part struct {
	data []byte
	read bool
}

// Process returns what is known of a process. It always returns one, the same for the same id.
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

// Thread returns what is known of a thread of a process. Its files are those below /proc/PID/task, which tell
// of the thread alone: /proc/TID/stat has the same name, but sums up all threads of the process for it.
func (x *Index) Thread(pid, tid int32) *Process {
	p := x.Process(tid)
	if !p.stat.read {
		p.dir = cmp.Or(x.root, DefaultRoot) + "/" + string(appendTask(nil, pid, tid))
	}
	return p
}

// Comm returns the name that the kernel keeps for the process, which is at most 15 bytes long but for
// kernel threads. In /proc/PID/stat it goes from the first parenthesis to the last.
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

// Stat returns /proc/PID/stat. ss takes the name from it by a rule of its own.
func (p *Process) Stat() []byte { return p.file(&p.stat, "stat") }

// Cmdline returns the arguments of the process, each ended by a NUL, as far as the process has not
// overwritten them with something else. It is at most maxFile bytes long.
func (p *Process) Cmdline() []byte { return p.file(&p.cmd, "cmdline") }

// UID returns the effective user id of the process, false if it is not known.
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

// Cgroup returns what the process's control group tells about it. Its path is as seen from the caller's
// control group namespace: outside of that it begins with "/..".
func (p *Process) Cgroup() cgroup.Group { return cgroup.FromProc(p.file(&p.group, "cgroup")) }

// maxFile is as much of a file as is read: a command line may have megabytes.
const maxFile = 64 << 10

// file reads a file of the process once.
func (p *Process) file(f *part, name string) []byte {
	if !f.read {
		f.read = true
		f.data = p.open(name)
	}
	return f.data
}

// open reads a file of the process that the scan found, nil if that has ended. The descriptor of its folder
// keeps referring to this process: a later process with the same number has another directory.
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

// readAt reads a file of /proc, whose size is not known before, up to a limit. What cannot be read is
// empty: the process ended, or is not ours to see.
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
