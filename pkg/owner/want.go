//go:build linux

package owner

import (
	"math/bits"
	"sync/atomic"
)

// A want is the set of inodes that the caller searches for; nil means all. It is read by all workers at
// once.
type want struct {
	slots []uint32      // open addressing; 0 is free, no socket has inode 0
	found []atomic.Bool // parallel to slots; nil if not needed
	left  atomic.Int64  // number of inodes without an owner so far
	shift uint8
}

func newWant(cfg *Config) *want {
	if cfg.Wanted == nil {
		return nil
	}
	size := bits.Len(uint(2*len(cfg.Wanted))) + 1 // at most half full
	w := &want{slots: make([]uint32, 1<<size), shift: uint8(64 - size)}
	for _, inode := range cfg.Wanted {
		if inode == 0 {
			continue
		}
		if i := w.slot(inode); w.slots[i] == 0 {
			w.slots[i] = inode
			w.left.Add(1)
		}
	}
	if cfg.FirstOnly {
		w.found = make([]atomic.Bool, len(w.slots))
	}
	return w
}

// slot returns the index of an inode, or the free slot for it.
func (w *want) slot(inode uint32) int {
	mask := len(w.slots) - 1
	i := int(uint64(inode) * 0x9e3779b97f4a7c15 >> w.shift)
	for w.slots[i] != 0 && w.slots[i] != inode {
		i = (i + 1) & mask
	}
	return i
}

// has reports whether an inode is wanted, and records that it was found.
func (w *want) has(inode uint32) bool {
	if w == nil {
		return true
	}
	i := w.slot(inode)
	if w.slots[i] == 0 {
		return false
	}
	if w.found != nil && !w.found[i].Swap(true) {
		w.left.Add(-1)
	}
	return true
}

// wants reports whether an inode is wanted, without recording it.
func (w *want) wants(inode uint32) bool { return w == nil || w.slots[w.slot(inode)] != 0 }

// empty reports whether nothing is wanted.
func (w *want) empty() bool {
	for _, inode := range w.slots {
		if inode != 0 {
			return false
		}
	}
	return true
}

// done reports whether all wanted inodes were found.
func (w *want) done() bool {
	return w != nil && w.found != nil && w.left.Load() == 0
}
