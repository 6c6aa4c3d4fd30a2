//go:build linux

package netns

import (
	"bufio"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Limits of mount tables. The kernel allows every user fs.mount-max mounts in each, by default 100,000.
const (
	firstMounts  = 4 << 10   // lines of each table that are read before more of any
	maxMounts    = 256 << 10 // lines
	maxStale     = 1 << 10   // stale mounts after which a table is skipped
	foreignNames = 4         // kept of a namespace
	lineLen      = 64 << 10  // bytes; longer lines are not those of namespaces
)

// A mountTable is the mounts of another mount namespace.
type mountTable struct {
	inode  uint64
	dir    string // of a thread that sees it
	rooted bool   // its root is that of the mount namespace, not a chroot
	lines  int    // read so far
	stale  int
}

// mountTable adds the mount namespace of a thread, to be read once. A thread that sees all of it is
// preferred to one in a chroot.
func (f *finder) mountTable(tasks int, thread, dir string) {
	inode, ok := f.inode(tasks, thread+"/ns/mnt", "mnt:[")
	t := f.tables[inode]
	if !ok || t != nil && t.rooted {
		return
	}
	n, err := unix.Readlinkat(tasks, thread+"/root", f.link[:])
	rooted := err == nil && string(f.link[:n]) == "/"
	switch {
	case t == nil:
		t = &mountTable{inode: inode, dir: dir, rooted: rooted}
		f.tables[inode] = t
		f.listed = append(f.listed, t)
	case rooted:
		t.dir, t.rooted = dir, true
	}
}

// localMounts adds the namespaces that are mounted in the caller's mount namespace. Tools mount them to
// keep them alive and to name them: `ip netns`, docker, containerd, cri-o, each in a directory of its own.
func (f *finder) localMounts() {
	if f.own == "" {
		return
	}
	lines := 0
	readMounts(f.own, &lines, maxMounts, func(line []byte) bool {
		inode, point, ok := parseMount(line)
		if !ok {
			return true
		}
		r := route{kind: byMount, path: "/", point: point}
		name := Name{Name: point, Path: point}
		if err := f.try(&r, inode); err != nil {
			f.lost(f.own, &lostMount{inode, r, name}, err)
			return true
		}
		f.found(inode, r).addName(name)
		return true
	})
}

// A lostMount is a mount that did not lead to its namespace: it is covered or was removed.
type lostMount struct {
	inode uint64
	route route
	name  Name
}

// lost counts a mount of a table that does not lead to its namespace.
func (f *finder) lost(dir string, m *lostMount, err error) {
	if !errors.Is(err, os.ErrPermission) {
		f.stats.Stale++
	}
	if f.spaces[m.inode] == nil {
		f.missed[dir] = append(f.missed[dir], m)
	}
}

// missing searches the tables again for lost mounts. A mount that is still listed but does not lead to its
// namespace keeps a hidden one alive; the others were removed meanwhile.
func (f *finder) missing() {
	for dir, list := range f.missed {
		type mount struct {
			inode uint64
			point string
		}
		there := map[mount]bool{}
		lines := 0
		whole := readMounts(dir, &lines, maxMounts, func(line []byte) bool {
			if inode, point, ok := parseMount(line); ok {
				there[mount{inode, point}] = true
			}
			return lines%checkEvery != 0 || !f.over()
		})
		for _, m := range list {
			switch {
			case whole && !there[mount{m.inode, m.route.point}]:
			case f.over() || f.try(&m.route, m.inode) != nil:
				f.unseen[m.inode] = struct{}{}
			default:
				f.found(m.inode, m.route).addName(m.name)
			}
		}
	}
}

// foreignMounts reads the tables of other mount namespaces, the beginning of each before the rest of any.
func (f *finder) foreignMounts() {
	own, _ := f.inode(f.dir, f.own[min(len(f.own), len(f.proc)+1):]+"/ns/mnt", "mnt:[") // 0 if there is none
	var long []*mountTable
	for _, t := range f.listed {
		if t.inode == own && sameRoot(t.dir+"/root") {
			continue
		}
		if f.over() {
			f.stats.Truncated++
		} else if !f.foreignTable(t, firstMounts) {
			long = append(long, t)
		}
	}
	for _, t := range long {
		if t.stale >= maxStale || f.over() || !f.foreignTable(t, maxMounts) {
			f.stats.Truncated++
		}
	}
}

// sameRoot reports whether the root of a process is also that of the caller, which may be in a chroot.
func sameRoot(root string) bool {
	var a, b unix.Statx_t
	const mask, flags = unix.STATX_INO, unix.AT_STATX_DONT_SYNC
	errA := unix.Statx(unix.AT_FDCWD, "/", flags, mask, &a)
	errB := unix.Statx(unix.AT_FDCWD, root, flags, mask, &b)
	return errA != nil || errB != nil ||
		a.Ino == b.Ino && a.Dev_major == b.Dev_major && a.Dev_minor == b.Dev_minor
}

// foreignTable continues to read a table, up to the given number of lines. It returns false if there
// are more.
func (f *finder) foreignTable(t *mountTable, lines int) (whole bool) {
	return readMounts(t.dir, &t.lines, lines, func(line []byte) bool {
		if inode, point, ok := parseMount(line); ok {
			f.foreign(t, inode, point)
		}
		return t.stale < maxStale && (t.lines%checkEvery != 0 || !f.over())
	})
}

// foreign adds a mount in another mount namespace. Such a path is opened only if no other leads to the
// namespace.
func (f *finder) foreign(t *mountTable, inode uint64, point string) {
	f.stats.Foreign++
	n := f.spaces[inode]
	if n == nil {
		r := route{kind: byRoot, path: t.dir + "/root", point: point}
		if err := f.try(&r, inode); err != nil {
			f.lost(t.dir, &lostMount{inode, r, t.name(point)}, err)
			t.stale++
			return
		}
		n = f.found(inode, r)
	}
	foreign := 0
	for i := range n.Names {
		if n.Names[i].Foreign {
			foreign++
		}
	}
	if foreign < foreignNames {
		n.addName(t.name(point))
	}
}

// name returns the Name of a mount of the table.
func (t *mountTable) name(point string) Name {
	path := t.dir + "/root" + point
	return Name{Name: path, Path: path, Foreign: true}
}

// readMounts calls each with every line of a mount table after the first *lines, a view, until it returns
// false or *lines is limit. It returns false if there are more.
func readMounts(dir string, lines *int, limit int, each func(line []byte) bool) (whole bool) {
	file, err := os.Open(dir + "/mountinfo")
	if err != nil {
		return true // the thread has ended
	}
	defer file.Close() //nolint:errcheck // read-only
	in := bufio.NewReaderSize(file, lineLen)
	for i := 0; ; i++ {
		line, err := in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			line = nil
			_, err = in.ReadSlice('\n')
		}
		if err != nil {
			return true // the end, or that of the thread
		}
		if i < *lines {
			continue
		}
		if i >= limit {
			return false
		}
		*lines = i + 1
		if !each(line) {
			return false
		}
	}
}
