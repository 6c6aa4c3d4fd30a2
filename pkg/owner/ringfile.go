//go:build linux

package owner

import (
	"bufio"
	"bytes"
	"io"
)

// A ringFile parses the list of registered files in the fdinfo of an io_uring (io_uring/fdinfo.c):
//
//	UserFiles:	3
//	    0: socket:[4748720]
//	    1: /dev/null
//	UserBufs:	0
type ringFile struct {
	inodes  []uint32
	inside  bool
	listed  bool // there is a list
	entries bool // the number of slots is given and not 0
	slots   bool // it has some
	next    uint32
	strange bool // its format is unknown
}

// maxRingLine is the maximum length of a line: a path of PATH_MAX bytes, all escaped.
const maxRingLine = 32 << 10

// registered returns the sockets in the list of an io_uring. whole reports whether that is all of them:
// the kernel leaves the list out while the ring is being changed, and older kernels write names without
// inodes, which programs can choose.
func registered(r io.Reader) (inodes []uint32, whole bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxRingLine)
	var f ringFile
	for lines.Scan() {
		f.line(lines.Bytes())
	}
	if f.strange {
		return nil, false
	}
	return f.inodes, lines.Err() == nil && f.listed && (f.slots || !f.entries)
}

func (f *ringFile) line(line []byte) {
	switch {
	case len(line) == 0 || line[0] != ' ':
		count, ok := bytes.CutPrefix(line, []byte("UserFiles:\t"))
		f.strange = f.strange || f.inside && len(line) == 0 || ok && f.listed
		f.inside = ok
		if ok {
			n, isNumber := decimal(count)
			f.listed, f.entries = true, n > 0 || !isNumber
		}
	case f.inside:
		f.slot(line)
	}
}

// slot parses a line of the list. Slots ascend, and every name has a known format.
func (f *ringFile) slot(line []byte) {
	number, name, ok := bytes.Cut(line, []byte(": "))
	slot, isNumber := decimal(bytes.TrimLeft(number, " "))
	if !ok || !isNumber || slot < f.next || !bytes.ContainsAny(name, "/:<") {
		f.strange = true
		return
	}
	f.slots, f.next = true, slot+1
	if inode, ok := socketInode(name); ok && inode != 0 {
		f.inodes = append(f.inodes, inode)
	}
}
