//go:build linux

package netns

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// firstFDs is the number of descriptors of each process that are inspected before the rest of any.
const firstFDs = 512

// checkEvery is the number of steps between checks of the clock.
const checkEvery = 1024

// An fdTable is the descriptors of a process.
type fdTable struct {
	task int
	dir  string
}

// descriptors searches /proc for open namespaces, and for the wanted sockets: in the first
// descriptors of each process before the rest of any.
func (f *finder) descriptors() {
	if f.maxFDs < 0 {
		return
	}
	var long []fdTable
	for _, t := range f.fdTables {
		switch {
		case f.over():
			f.stats.Truncated++
		case !f.fdTable(t, 0, min(f.maxFDs, firstFDs)):
			long = append(long, t)
		}
	}
	for _, t := range long {
		if f.maxFDs <= firstFDs || f.over() || !f.fdTable(t, firstFDs, f.maxFDs) {
			f.stats.Truncated++
		}
	}
}

// fdTable inspects a range of a process's descriptors, in the order of the directory. It returns
// false if there are more.
func (f *finder) fdTable(t fdTable, from, to int) (whole bool) {
	dir, err := openDir(unix.AT_FDCWD, t.dir)
	if err != nil {
		return true // its own namespace is already found
	}
	defer unix.Close(dir) //nolint:errcheck // read-only
	i := 0
	whole = true
	_ = f.entries(dir, func(name []byte) bool { // errors: the rest is skipped
		if name[0] == '.' {
			return true
		}
		if whole = i < to; !whole {
			return false
		}
		if i++; i > from {
			f.descriptor(t, dir, string(name))
		}
		whole = i%checkEvery != 0 || !f.over()
		return whole
	})
	return whole
}

func (f *finder) descriptor(t fdTable, dir int, name string) {
	n, err := unix.Readlinkat(dir, name, f.link[:])
	if err != nil {
		return
	}
	if inode, ok := parseLink(f.link[:n], "net:["); ok {
		f.found(inode, route{kind: byLink, path: t.dir + "/" + name})
		return
	}
	inode, ok := parseLink(f.link[:n], "socket:[")
	if ns := f.wanted[inode]; ok && ns != 0 && f.spaces[ns] == nil {
		fd, _ := strconv.Atoi(name) // names are numeric
		f.held(ns, holder{task: t.task, fd: fd, inode: inode})
	}
}
