package owner

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
)

// maxRing is as much of an io_uring's fdinfo as is read: 32,768 registered files, the most there can be
// before Linux 5.13, are less than 1 MiB.
const maxRing = 64 << 20

// register fills in the sockets that are registered with io_urings.
func (x *Index) register(rings []Ref, want *want) {
	for _, r := range rings {
		path := appendPath(append([]byte(x.root), '/'), r.PID, r.TID, "/fdinfo/")
		path = strconv.AppendInt(path, int64(r.FD), 10)
		for inode := range registered(readFile(string(path), maxRing)) {
			if want.has(inode) {
				x.rings = append(x.rings, Ref{Inode: inode, PID: r.PID, TID: r.TID, FD: r.FD})
			}
		}
	}
	slices.SortFunc(x.rings, func(a, b Ref) int {
		return cmp.Or(compareHolders(a, b), compareThreads(a, b), cmp.Compare(a.FD, b.FD))
	})
	x.rings = slices.Compact(x.rings) // a file may be registered twice
}

// registered yields the sockets among the registered files that the fdinfo of an io_uring lists. The kernel
// leaves the list out while the ring is being changed. // io_uring/fdinfo.c
//
//	UserFiles:	2
//	    0: socket:[4748720]
//	    1: /dev/null
func registered(fdinfo []byte) func(yield func(inode uint32) bool) {
	return func(yield func(inode uint32) bool) {
		inside := false
		for line := range bytes.Lines(fdinfo) {
			if line[0] != ' ' {
				inside = bytes.HasPrefix(line, []byte("UserFiles:"))
				continue
			}
			slot, file, ok := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte(": "))
			if _, isSlot := decimal(bytes.TrimLeft(slot, " ")); !inside || !ok || !isSlot {
				continue
			}
			if inode, ok := socketInode(file); ok && inode != 0 && !yield(inode) {
				return
			}
		}
	}
}

// ringsOf returns the io_urings among descriptors of anonymous inodes.
func ringsOf(anonymous []Ref, root int) []Ref {
	var rings []Ref
	link := make([]byte, len(ringLink)+1)
	for _, r := range anonymous {
		path := appendPath(nil, r.PID, r.TID, "/fd/")
		path = strconv.AppendInt(path, int64(r.FD), 10)
		n, errno := readlinkat(root, append(path, 0), link)
		if errno == 0 && string(link[:n]) == ringLink {
			rings = append(rings, r)
		}
	}
	return rings
}
