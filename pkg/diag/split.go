//go:build linux

package diag

import (
	"slices"
	"sort"

	"golang.org/x/sys/unix"
)

// A splitKey is the key that a table is split by. The ports of a socket do not change while it is in its
// table, so each socket is always in the same part.
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

// splitTable returns the n parts that would split the sample most evenly. TCP's table is in hash order,
// so that its first sockets are a representative sample.
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

// cut divides sorted keys into n non-empty parts. It returns the number of keys in the largest.
func cut(k splitKey, keys []uint16, n int) (parts []portRange, largest int) {
	next, done := 0, 0 // first key of the next part, and number of keys in the parts before
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

// canSplit reports whether the kernel's table can be split: the kernel must run filters on it, and its
// order must be that of a hash.
func canSplit(q *Query) bool {
	inet := q.Family == unix.AF_INET || q.Family == unix.AF_INET6
	return q.Legacy || inet && q.Protocol == unix.IPPROTO_TCP
}

// filter returns the program that accepts the sockets in the range.
func (r portRange) filter() Bytecode {
	var b Bytecode
	if r.last < 0xffff { // none of the key's ports is larger
		b = r.each(OpLocalLE, OpRemoteLE, r.last, Bytecode.And)
	}
	if r.first > 0 { // one of them is as large
		b = b.And(r.each(OpLocalGE, OpRemoteGE, r.first, Bytecode.Or))
	}
	return b
}

// each compares the key's port with a limit, or both ports and joins the results.
func (r portRange) each(local, remote Op, limit uint16, join func(a, b Bytecode) Bytecode) Bytecode {
	l, d := Condition{Op: local, Port: int32(limit)}, Condition{Op: remote, Port: int32(limit)}
	switch r.key {
	case byLocalPort:
		return l.Bytecode()
	case byRemotePort:
		return d.Bytecode()
	default:
		return join(l.Bytecode(), d.Bytecode())
	}
}
