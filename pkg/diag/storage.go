//go:build linux

package diag

import (
	"iter"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Storage is the value of a socket in one BPF map of type BPF_MAP_TYPE_SK_STORAGE.
type Storage struct {
	Map   uint32 // the map's id
	Value []byte // in the map's own type; a view, see [Socket]
}

// Layout of INET_DIAG_SK_BPF_STORAGES.
const (
	skStorage      = 1 // SK_DIAG_BPF_STORAGE
	skStorageMap   = 2 // SK_DIAG_BPF_STORAGE_MAP_ID
	skStorageValue = 3 // SK_DIAG_BPF_STORAGE_MAP_VALUE
)

// Storages yields the socket's values in BPF maps, if the query wanted HasStorage: of all maps or of those
// in Query.Maps. The kernel sends those of TCP and UDP sockets to callers with CAP_BPF or CAP_SYS_ADMIN.
// Source: bpf_sk_storage_diag_put, net/core/bpf_sk_storage.c. Since Linux 5.7.
func (s *Socket) Storages() iter.Seq[Storage] {
	return func(yield func(Storage) bool) {
		all := nl.Attrs(s.attr(inetStorages))
		for {
			typ, val, ok := all.Next()
			if !ok {
				return
			}
			if typ != skStorage {
				continue
			}
			if st, ok := decodeStorage(val); ok && !yield(st) {
				return
			}
		}
	}
}

// decodeStorage reports false if the map or its value is missing.
func decodeStorage(b []byte) (st Storage, ok bool) {
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			return st, st.Map != 0 && st.Value != nil
		}
		switch typ {
		case skStorageMap:
			st.Map, _ = nl.Uint32(val) // a wrong length gives 0, which is not a map
		case skStorageValue:
			st.Value = val
		}
	}
}
