//go:build linux

package owner

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// A Ref is one descriptor of a socket in one process.
type Ref struct {
	Inode uint32
	PID   int32 // thread group; in the pid namespace of the caller, or of the proc root
	TID   int32 // the thread whose table it is; PID for the first
	FD    int32
}

// Index maps inodes to their owners. It takes 16 bytes for each descriptor and 4 to 8 more for the hash
// table, in two slices without pointers. Owners, Registered, SearchRings and Explain may be called by
// several goroutines at once; Process and the methods of its result may not.
type Index struct {
	refs   []Ref    // by hash of the inode, within one hash in the order of compareRefs
	start  []uint32 // index of the first ref of each hash, and the end
	shift  uint8
	procs  map[int32]*Process
	root   string
	tasks  Tasks
	method Method
	why    error // not BPF
	stats  Stats

	ended     bool  // the scan was completed, or not necessary
	err       error // of it
	firstOnly bool
	want      *want

	began   uint64 // see identity.go
	samples map[int32][]Ref

	anonymous []Ref // io_urings that the walk found
	searching sync.Mutex
	rings     atomic.Pointer[rings]
}

// Owners returns the descriptors of a socket, by ascending process id, within a process by ascending
// descriptor; with [TasksEvery] by thread (the first one first) before descriptor. That is the order in
// which a plain walk over /proc finds them (ss prints it backwards, netstat the first). The slice is a view
// that the caller must not change; it is empty for inode 0.
func (x *Index) Owners(inode uint32) []Ref {
	if len(x.refs) == 0 || inode == 0 {
		return nil
	}
	b := x.bucket(inode)
	return within(x.refs[x.start[b]:x.start[b+1]], inode)
}

// Registered returns the io_urings that a socket is registered with: FD is the descriptor of the ring,
// not of the socket. It is empty before [Index.SearchRings].
func (x *Index) Registered(inode uint32) []Ref { return within(x.AllRegistered(), inode) }

// AllRegistered returns every socket that is registered with an io_uring, by inode, after
// [Index.SearchRings]. It is a view that the caller must not change.
func (x *Index) AllRegistered() []Ref {
	if r := x.rings.Load(); r != nil {
		return r.refs
	}
	return nil
}

// All returns all found descriptors, those of one inode together, otherwise in no order. It is a view that
// the caller must not change.
func (x *Index) All() []Ref { return x.refs }

// Method returns how the owners were found: MethodBPF or MethodProc.
func (x *Index) Method() Method { return x.method }

// WhyNotBPF returns why BPF was not used, nil if it was or was not tried.
func (x *Index) WhyNotBPF() error { return x.why }

// Stats returns how much of the host was covered.
func (x *Index) Stats() Stats { return x.stats }

// linear is the number of refs up to which a linear search is faster than a binary one.
const linear = 16

// within returns the part of refs, which are sorted by inode, with the given inode.
func within(refs []Ref, inode uint32) []Ref {
	i := 0
	if len(refs) > linear {
		i, _ = slices.BinarySearchFunc(refs, inode, compareInode)
	}
	for i < len(refs) && refs[i].Inode != inode {
		i++
	}
	j := i
	for j < len(refs) && refs[j].Inode == inode {
		j++
	}
	return refs[i:j:j]
}

func compareInode(r Ref, inode uint32) int { return cmp.Compare(r.Inode, inode) }

// bucket hashes an inode by Fibonacci hashing, which spreads inode numbers well: they are assigned in
// sequence, a few for each processor at a time.
func (x *Index) bucket(inode uint32) uint32 {
	return uint32(uint64(inode*2654435769) >> x.shift) // 2^32 divided by the golden ratio
}

// build takes the refs that a scan found. It is a counting sort: two passes over them, with comparisons
// only between those of the same hash.
func (x *Index) build(found *list, tasks Tasks) {
	n := found.len()
	if n == 0 {
		return
	}
	size := max(bits.Len(uint(n-1)), 1)
	x.shift = uint8(32 - size)
	x.start = make([]uint32, 1<<size+1)
	for part := range found.parts {
		for i := range part {
			x.start[x.bucket(part[i].Inode)+1]++
		}
	}
	for i := 1; i < len(x.start); i++ {
		x.start[i] += x.start[i-1]
	}
	x.refs = make([]Ref, n)
	// While they are filled, start[b] is the index for the next ref of b; afterwards it is the beginning of
	// b+1, and is moved back by one.
	for part := range found.parts {
		for i := range part {
			b := x.bucket(part[i].Inode)
			x.refs[x.start[b]] = part[i]
			x.start[b]++
		}
	}
	copy(x.start[1:], x.start)
	x.start[0] = 0
	x.order(tasks)
}

// order sorts refs of the same hash and drops duplicates, unless each thread is wanted: a thread with a
// copy of its process's table has the same descriptors.
func (x *Index) order(tasks Tasks) {
	end := uint32(0)
	for b := range len(x.start) - 1 {
		refs := x.refs[x.start[b]:x.start[b+1]]
		if len(refs) > 1 {
			refs = tasks.sort(refs)
		}
		x.start[b] = end
		end += uint32(copy(x.refs[end:], refs))
	}
	x.start[len(x.start)-1] = end
	x.refs = x.refs[:end]
}

func (t Tasks) sort(refs []Ref) []Ref {
	if t == TasksEvery {
		slices.SortFunc(refs, func(a, b Ref) int {
			return cmp.Or(compareHolders(a, b), compareThreads(a, b), cmp.Compare(a.FD, b.FD))
		})
		return refs
	}
	slices.SortFunc(refs, func(a, b Ref) int {
		return cmp.Or(compareHolders(a, b), cmp.Compare(a.FD, b.FD), compareThreads(a, b))
	})
	return slices.CompactFunc(refs, func(a, b Ref) bool { return compareHolders(a, b) == 0 && a.FD == b.FD })
}

func compareHolders(a, b Ref) int {
	return cmp.Or(cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.PID, b.PID))
}

// compareThreads puts the leader of a process before its other threads, whose ids may be lower.
func compareThreads(a, b Ref) int {
	if a.TID == b.TID {
		return 0
	}
	if a.TID == a.PID {
		return -1
	}
	if b.TID == b.PID {
		return 1
	}
	return cmp.Compare(a.TID, b.TID)
}
