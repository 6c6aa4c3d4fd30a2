//go:build linux

package owner

import (
	"bytes"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// The names of a process are read after the scan, when its id may belong to another process. The start time
// distinguishes them: a process that started before the scan is the one that the scan found. One that
// started later must still have a descriptor that the scan found.

// An identity identifies a process among those with the same id.
type identity struct {
	start uint64 // in ticks since the boot
	known bool
}

// same reports whether the process with the given directory and stat file is the one that the scan found.
func (p *Process) same(dir int, stat []byte) bool {
	start, ok := startTicks(stat)
	if p.known {
		return start == p.start
	}
	if (!ok || start >= p.index.began) && !p.index.held(dir, p.PID) {
		return false
	}
	p.start, p.known = start, true
	return true
}

// maxSamples is the number of descriptors of a task that are checked again, the lowest: these are often
// listeners, which stay open.
const maxSamples = 4

// held reports whether a task still has a descriptor that the scan found. It is true for a task without
// found descriptors.
func (x *Index) held(dir int, task int32) bool {
	if x.samples == nil {
		x.samples = make(map[int32][]Ref)
		for _, r := range x.refs {
			x.sample(r.PID, r)
			if r.TID != r.PID {
				x.sample(r.TID, r)
			}
		}
	}
	refs := x.samples[task]
	return len(refs) == 0 || slices.ContainsFunc(refs, func(r Ref) bool { return leadsTo(dir, r) })
}

// sample keeps the lowest descriptors.
func (x *Index) sample(task int32, r Ref) {
	refs := x.samples[task]
	if len(refs) < maxSamples {
		x.samples[task] = append(refs, r)
		return
	}
	highest := 0
	for i := range refs {
		if refs[i].FD > refs[highest].FD {
			highest = i
		}
	}
	if r.FD < refs[highest].FD {
		refs[highest] = r
	}
}

// leadsTo reports whether a descriptor still refers to the same file.
func leadsTo(dir int, r Ref) bool {
	var link [64]byte
	n, errno := readlinkat(dir, append(strconv.AppendInt([]byte("fd/"), int64(r.FD), 10), 0), link[:])
	if errno != 0 {
		return false
	}
	inode, ok := socketInode(link[:n])
	return ok && inode == r.Inode
}

// Fields of /proc/PID/stat after the name, which may contain blanks and parentheses: see proc(5).
const (
	statState = 3
	statStart = 22
)

// startTicks returns when a process started, in ticks since the boot.
func startTicks(stat []byte) (uint64, bool) {
	fields := stat[bytes.LastIndexByte(stat, ')')+1:]
	for i := range statStart - statState + 1 {
		fields = bytes.TrimLeft(fields, " ")
		field, rest, _ := bytes.Cut(fields, []byte{' '})
		if i == statStart-statState {
			start, err := strconv.ParseUint(string(field), 10, 64)
			return start, err == nil
		}
		fields = rest
	}
	return 0, false
}

// nanosTick is the length of a tick in nanoseconds: USER_HZ is 100 on all machines that Go runs on.
const nanosTick = 1e7 // 1 / USER_HZ

// bootTicks returns the time in the unit of startTicks, 0 if it is unknown. Both are in the time
// namespace of the caller.
func bootTicks() uint64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return uint64(ts.Nano()) / nanosTick
}
