//go:build linux

package owner

import (
	"encoding/binary"
	"math"
)

// Offsets in struct linux_dirent64.
const (
	direntLen  = 16 // d_reclen
	direntName = 19 // d_name
)

// names iterates over the entries of getdents64(2).
type names []byte

// next returns the next name with the NUL that ends it, nil at the end or if an entry is truncated.
func (d *names) next() []byte {
	b := *d
	if len(b) <= direntName {
		return nil
	}
	n := int(binary.NativeEndian.Uint16(b[direntLen:]))
	if n <= direntName || n > len(b) {
		return nil
	}
	*d = b[n:]
	name := b[direntName:n]
	for i, c := range name {
		if c == 0 {
			return name[:i+1]
		}
	}
	return nil
}

// number parses a decimal number, the name of a process or descriptor.
func number(name []byte) (n int32, ok bool) {
	v, ok := decimal(name)
	if !ok || v > math.MaxInt32 {
		return 0, false
	}
	return int32(v), true
}

// decimal parses only digits, at most 32 bits.
func decimal(b []byte) (n uint32, ok bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return uint32(v), v <= math.MaxUint32
}

const socketPrefix = "socket:["

// socketInode parses the link of a socket's descriptor, "socket:[4748720]".
func socketInode(link []byte) (inode uint32, ok bool) {
	n := len(link)
	if n <= len(socketPrefix) || string(link[:len(socketPrefix)]) != socketPrefix || link[n-1] != ']' {
		return 0, false
	}
	return decimal(link[len(socketPrefix) : n-1])
}

// ringLink is the link of an io_uring's descriptor.
const ringLink = "anon_inode:[io_uring]"
