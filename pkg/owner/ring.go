//go:build linux

package owner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// A socket that is registered with an io_uring stays open without a descriptor. The fdinfo of the ring
// lists it. Because that takes the kernel time for each file of each ring, it is read only if the owner
// of a socket is missing, and once.

// rings are the result of a search.
type rings struct {
	refs     []Ref // by inode
	complete bool  // every list was read, to its end
}

// Limits of a search: a process may register a million files with each of a million rings.
const (
	maxRingText    = 256 << 20
	maxRingSockets = 1 << 20
)

// SearchRings finds sockets that are registered with io_urings, among the processes that have one. The
// first call is fast compared to a scan, later ones return at once; Registered and Explain then use the
// result. Unreadable or incomplete lists are not an error: then Explain does not exclude io_urings.
func (x *Index) SearchRings(ctx context.Context) error {
	x.searching.Lock()
	defer x.searching.Unlock()
	if x.rings.Load() != nil || !x.scanned() {
		return nil
	}
	found, err := x.searchRings(ctx)
	if err != nil {
		return fmt.Errorf("find io_urings: %w", err)
	}
	x.rings.Store(found)
	return nil
}

func (x *Index) searchRings(ctx context.Context) (*rings, error) {
	list := x.anonymous
	if x.method == MethodBPF {
		var err error
		if list, err = x.ringsByBPF(ctx); err != nil {
			return nil, err
		}
	}
	s := ringSearch{text: maxRingText}
	s.complete = !x.firstOnly
	for _, ring := range list {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s.ring(x.root, ring)
	}
	slices.SortFunc(s.refs, compareRings)
	s.refs = slices.Compact(s.refs)
	return &s.rings, nil
}

// compareRings has the order of Owners.
func compareRings(a, b Ref) int {
	if c := compareHolders(a, b); c != 0 {
		return c
	}
	if c := compareThreads(a, b); c != 0 {
		return c
	}
	return int(a.FD) - int(b.FD)
}

// A ringSearch is a running search.
type ringSearch struct {
	rings
	text int64 // bytes that may still be read
}

// tries is how often a list is read: the kernel leaves it out while the ring is being changed.
const tries = 3

// ring reads the list of one ring.
func (s *ringSearch) ring(root string, ring Ref) {
	path := appendPath(append([]byte(root), '/'), ring.PID, ring.TID, "/fdinfo/")
	path = strconv.AppendInt(path, int64(ring.FD), 10)
	var inodes []uint32
	whole := false
	for i := 0; i < tries && !whole; i++ {
		var err error
		inodes, whole, err = s.read(string(path))
		switch {
		case err == nil:
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ESRCH):
			return // the ring was closed
		default:
			s.complete = false
			return
		}
	}
	s.complete = s.complete && whole
	slices.Sort(inodes)
	for _, inode := range slices.Compact(inodes) { // a file may be registered twice
		if len(s.refs) == maxRingSockets {
			s.complete = false
			return
		}
		s.refs = append(s.refs, Ref{Inode: inode, PID: ring.PID, TID: ring.TID, FD: ring.FD})
	}
}

func (s *ringSearch) read(path string) (inodes []uint32, whole bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = file.Close() }() // read-only
	limited := &io.LimitedReader{R: file, N: s.text}
	inodes, whole = registered(limited)
	whole = whole && limited.N > 0
	s.text = limited.N
	return inodes, whole, nil
}

// ringsByBPF lists the io_urings of all processes.
func (x *Index) ringsByBPF(ctx context.Context) ([]Ref, error) {
	root, err := unix.Open(x.root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: x.root, Err: err}
	}
	defer func() { _ = unix.Close(root) }() // read-only
	l, err := kernel.Layout()
	if err != nil {
		return nil, err
	}
	r := reader{tasks: x.tasks}
	code := filesProgram(l, aims{translate: x.stats.Nested, anonymous: true})
	if err := iterate(ctx, code, l.Functions[iterFiles], r.records); err != nil {
		return nil, err
	}
	return ringsAmong(&r.found, root), nil
}

// ringsAmong returns the io_urings among descriptors of anonymous inodes, whose Inode identifies their
// kind: one link of each kind is read.
func ringsAmong(found *list, root int) []Ref {
	kinds := map[uint32]bool{} // true for io_urings
	var refs []Ref
	for part := range found.parts {
		for _, r := range part {
			isRing, known := kinds[r.Inode]
			if !known {
				if isRing, known = linksToRing(root, r); known {
					kinds[r.Inode] = isRing
				}
			}
			if isRing {
				refs = append(refs, Ref{PID: r.PID, TID: r.TID, FD: r.FD})
			}
		}
	}
	return refs
}

// linksToRing reports whether a descriptor is an io_uring; known is false if it was closed.
func linksToRing(root int, r Ref) (isRing, known bool) {
	var link [len(ringLink) + 1]byte
	path := strconv.AppendInt(appendPath(nil, r.PID, r.TID, "/fd/"), int64(r.FD), 10)
	n, errno := readlinkat(root, append(path, 0), link[:])
	return errno == 0 && string(link[:n]) == ringLink, errno == 0
}
