//go:build linux

package inspect

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// holders remembers the owner with the lowest process id of each socket, because it cannot be found once
// the socket is closed. A process is kept as long as it is the owner of a socket.
type holders struct {
	numbers map[holder]uint32
	list    []heldBy // by number, from 1
	free    []uint32
}

// A holder is the owner of a socket.
type holder struct {
	pid        int32
	comm, name string
}

type heldBy struct {
	holder
	sockets int
}

// instead returns the number of a row's owner, which replaces the known one. A row without an owner keeps
// the known one.
func (h *holders) instead(known uint32, r *Row) uint32 {
	refs := r.Holders()
	if len(refs) == 0 {
		return known
	}
	pid := refs[0].PID
	comm, name := r.Comm(pid), r.ProcessName(pid)
	n := h.numbers[holder{pid, string(comm), string(name)}]
	if n == known && n != 0 {
		return n
	}
	if n == 0 {
		n = h.add(holder{pid, string(comm), string(name)})
	}
	h.list[n-1].sockets++
	h.release(known)
	return n
}

// add gives a process a number.
func (h *holders) add(who holder) uint32 {
	if h.numbers == nil {
		h.numbers = map[holder]uint32{}
	}
	var n uint32
	if last := len(h.free) - 1; last >= 0 {
		n = h.free[last]
		h.free = h.free[:last]
	} else {
		h.list = append(h.list, heldBy{})
		n = uint32(len(h.list))
	}
	h.list[n-1] = heldBy{holder: who}
	h.numbers[who] = n
	return n
}

// release drops one socket's reference to an owner.
func (h *holders) release(number uint32) {
	if number == 0 {
		return
	}
	at := &h.list[number-1]
	if at.sockets--; at.sockets > 0 {
		return
	}
	delete(h.numbers, at.holder)
	*at = heldBy{}
	h.free = append(h.free, number)
}

// joins returns the joins of a row with the process of the given number as its only owner.
func (h *holders) joins(r *Row, number uint32) *Joins {
	kept := *r.Joins
	who := h.list[number-1].holder
	kept.Owners = &formerOwner{
		ref: [1]owner.Ref{{Inode: r.Inode, PID: who.pid}}, comm: []byte(who.comm), name: []byte(who.name),
	}
	return &kept
}

// formerOwner is the owner of a socket before it was closed.
type formerOwner struct {
	ref        [1]owner.Ref
	comm, name []byte
}

func (f *formerOwner) Owners(inode uint32) []owner.Ref {
	if inode != f.ref[0].Inode {
		return nil
	}
	return f.ref[:]
}

func (f *formerOwner) Comm(int32) []byte                  { return f.comm }
func (f *formerOwner) Name(int32) []byte                  { return f.name }
func (f *formerOwner) Cmdline(int32) []byte               { return nil }
func (f *formerOwner) Ancestry(int32) string              { return "" }
func (f *formerOwner) Complete() bool                     { return false }
func (f *formerOwner) Group(int32) *cgroup.Group          { return nil }
func (f *formerOwner) Absence(*diag.Socket) owner.Absence { return owner.AbsenceNone }
