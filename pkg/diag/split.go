package diag

import (
	"encoding/binary"
	"slices"
	"sort"

	"golang.org/x/sys/unix"
)

// Opcodes of the kernel's filter that a split needs (INET_DIAG_BC_*).
const (
	bcJmp = 1 // INET_DIAG_BC_JMP
	bcSGe = 2 // INET_DIAG_BC_S_GE
	bcSLe = 3 // INET_DIAG_BC_S_LE
	bcDGe = 4 // INET_DIAG_BC_D_GE
	bcDLe = 5 // INET_DIAG_BC_D_LE
)

// A splitKey is what a table is split by. Ports never change while a socket is in its table: each
// socket is in one part, and in the same one throughout.
type splitKey uint8

const (
	byLargerPort splitKey = iota // the ephemeral one, on clients and servers alike
	byLocalPort
	byRemotePort
	numSplitKeys
)

// ports are those of one socket.
type ports struct{ local, remote uint16 }

func (k splitKey) of(p ports) uint16 {
	switch k {
	case byLocalPort:
		return p.local
	case byRemotePort:
		return p.remote
	default:
		return max(p.local, p.remote)
	}
}

// A portRange is one part of a split table: the sockets whose key is from first to last.
type portRange struct {
	key         splitKey
	first, last uint16
}

// splitTable returns the n parts that would split the sample most evenly. TCP's table is in the order of
// a hash, so that any few sockets of it are a fair sample.
func splitTable(sample []ports, n int) []portRange {
	var best []portRange
	least := len(sample) + 1
	keys := make([]uint16, len(sample))
	for k := range numSplitKeys {
		for i, p := range sample {
			keys[i] = k.of(p)
		}
		slices.Sort(keys)
		parts, largest := cut(k, keys, n)
		if largest < least {
			best, least = parts, largest
		}
	}
	return best
}

// cut makes n parts of sorted keys, none of them empty. It returns how many keys the largest has.
func cut(k splitKey, keys []uint16, n int) (parts []portRange, largest int) {
	next, done := 0, 0 // the next part's first key, and how many keys the parts before have
	for i := 1; i <= n; i++ {
		last := 0xffff
		if at := len(keys) * i / n; i < n && at < len(keys) {
			last = int(keys[at]) - 1
		}
		last = max(next, min(last, 0xffff-(n-i)))
		upTo := sort.Search(len(keys), func(i int) bool { return int(keys[i]) > last })
		largest = max(largest, upTo-done)
		parts = append(parts, portRange{key: k, first: uint16(next), last: uint16(last)})
		next, done = last+1, upTo
	}
	return parts, largest
}

// canSplit reports whether the kernel's table can be split: it must run a filter on the sockets, and be
// in an order that makes samples fair.
func canSplit(q *Query) bool {
	inet := q.Family == unix.AF_INET || q.Family == unix.AF_INET6
	return q.Legacy || inet && q.Protocol == unix.IPPROTO_TCP
}

// A program is bytecode in the making, whose rejections jump behind an end that is known beforehand.
type program struct {
	code   Bytecode
	reject int // offset of the end + 4
}

// filter returns the program that accepts what is in the range and what rest accepts.
func (r portRange) filter(rest Bytecode) Bytecode {
	size := len(r.program(0))
	return append(r.program(size+len(rest)+4), rest...)
}

// program returns the tests alone, which go on behind themselves what is in the range.
func (r portRange) program(reject int) Bytecode {
	p := program{reject: reject}
	if r.key == byRemotePort {
		p.between(bcDGe, bcDLe, r)
		return p.code
	}
	if r.key == byLocalPort {
		p.between(bcSGe, bcSLe, r)
		return p.code
	}
	if r.last < 0xffff { // neither is larger
		p.test(bcSLe, r.last, p.reject)
		p.test(bcDLe, r.last, p.reject)
	}
	if r.first > 0 { // one of them is as large
		p.test(bcSGe, r.first, len(p.code)+12)
		p.op(bcJmp, 4, uint16(4+8)) // over the other test
		p.test(bcDGe, r.first, p.reject)
	}
	return p.code
}

func (p *program) between(ge, le uint8, r portRange) {
	if r.first > 0 {
		p.test(ge, r.first, p.reject)
	}
	if r.last < 0xffff {
		p.test(le, r.last, p.reject)
	}
}

// test appends a comparison with a port: it goes on behind itself, or at the offset otherwise.
func (p *program) test(code uint8, port uint16, otherwise int) {
	p.op(code, 8, uint16(otherwise-len(p.code)))
	p.op(0, 0, port)
}

// op appends struct inet_diag_bc_op.
func (p *program) op(code, yes uint8, no uint16) {
	p.code = binary.NativeEndian.AppendUint16(append(p.code, code, yes), no)
}
