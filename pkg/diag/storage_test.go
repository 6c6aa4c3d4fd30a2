//go:build linux

package diag

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/nl"
)

const skStoragePad = 0 // SK_DIAG_BPF_STORAGE_PAD, before values where the kernel aligns them to 8 bytes

var storageTests = []struct {
	name string
	attr []byte // INET_DIAG_SK_BPF_STORAGES
	want []Storage
}{
	{"none", nil, nil},
	{
		"two maps, the first value after padding",
		pack(at(skStorage, at(skStorageMap, uint32(7)), at(skStoragePad), at(skStorageValue, "one")),
			at(skStorage, at(skStorageMap, uint32(1<<31)), at(skStorageValue, ramp(1, 2)))),
		[]Storage{{7, []byte("one")}, {1 << 31, ramp(1, 2)}},
	},
	{"value before the map", pack(at(skStorage, at(skStorageValue, "v"), at(skStorageMap, uint32(7)))), []Storage{{7, []byte("v")}}},
	{"value of no length", pack(at(skStorage, at(skStorageMap, uint32(7)), at(skStorageValue))), []Storage{{7, []byte{}}}},
	{
		"nested flag, and what is not known",
		pack(at(9, uint32(1)), at(skStorage|0x8000, at(9), at(skStorageMap, uint32(7)), at(skStorageValue, "v"), at(4, "x"))),
		[]Storage{{7, []byte("v")}},
	},
	{"nothing in it", pack(at(skStorage)), nil},
	{"no map", pack(at(skStorage, at(skStorageValue, "v"))), nil},
	{"no value", pack(at(skStorage, at(skStorageMap, uint32(7)))), nil},
	{"map 0", pack(at(skStorage, at(skStorageMap, uint32(0)), at(skStorageValue, "v"))), nil},
	{"map of a wrong length", pack(at(skStorage, at(skStorageMap, uint64(7)), at(skStorageValue, "v"))), nil},
	{
		"the next one after a bad one",
		pack(at(skStorage, at(skStorageMap, uint16(7)), at(skStorageValue, "v")),
			at(skStorage, at(skStorageMap, uint32(8)), at(skStorageValue, "w"))),
		[]Storage{{8, []byte("w")}},
	},
	{"rubbish in it", pack(at(skStorage, uint16(3), uint16(skStorageMap), uint32(7))), nil},
	{"a length beyond the end", pack(uint16(400), uint16(skStorage), at(skStorageMap, uint32(7)), at(skStorageValue, "v")), nil},
	{"a length below that of a header", pack(uint16(3), uint16(skStorage), at(skStorageMap, uint32(7))), nil},
}

// stored returns a socket with the attribute.
func stored(attr []byte) *Socket {
	return &Socket{
		Family: unix.AF_INET, Has: HasStorage,
		message: nl.AppendAttr(testInet(unix.AF_INET, 1, v4(1), v4(2)), inetStorages, attr),
	}
}

// storages returns the values of a socket with this attribute.
func storages(attr []byte) (all []Storage) {
	s := stored(attr)
	for st := range s.Storages() {
		all = append(all, st)
	}
	return all
}

func TestStorages(t *testing.T) {
	t.Parallel()
	for _, tt := range storageTests {
		if d := cmp.Diff(tt.want, storages(tt.attr)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// TestStoragesShort cuts every attribute at every byte: exactly the complete values before the cut must be
// yielded.
func TestStoragesShort(t *testing.T) {
	t.Parallel()
	for _, tt := range storageTests {
		for n := range tt.attr {
			got := storages(tt.attr[:n:n])
			if len(got) > len(tt.want) {
				t.Fatalf("%s, cut at %d: %d values, whole %d", tt.name, n, len(got), len(tt.want))
			}
			if d := cmp.Diff(tt.want[:len(got)], got); len(got) > 0 && d != "" {
				t.Errorf("%s, cut at %d (-want +got):\n%s", tt.name, n, d)
			}
		}
	}
}

// TestStoragesStop leaves the loop after the first value.
func TestStoragesStop(t *testing.T) {
	t.Parallel()
	s := stored(storageTests[1].attr)
	n := 0
	for range s.Storages() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d values, want 1", n)
	}
}

func TestStoragesAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	s := stored(storageTests[1].attr)
	sum := 0
	if n := testing.AllocsPerRun(1000, func() {
		for st := range s.Storages() {
			sum += len(st.Value)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// FuzzStorages encodes the decoded values again, which must decode to the same.
func FuzzStorages(f *testing.F) {
	for _, tt := range storageTests {
		f.Add(tt.attr)
	}
	f.Fuzz(func(t *testing.T, attr []byte) {
		if len(attr) > 0xffff-4 {
			return // longer than an attribute can be
		}
		got := storages(attr)
		var again []byte
		for _, st := range got {
			if st.Map == 0 || st.Value == nil || !bytes.Contains(attr, st.Value) {
				t.Fatalf("%+v of %x", st, attr)
			}
			var at int
			again, at = nl.OpenAttr(again, skStorage)
			again = nl.AppendAttr(nl.AppendAttrUint32(again, skStorageMap, st.Map), skStorageValue, st.Value)
			if len(again)-at > 0xffff {
				return // padded, it is longer than an attribute can be
			}
			again = nl.CloseAttr(again, at)
		}
		if d := cmp.Diff(got, storages(again)); d != "" {
			t.Errorf("-first +second:\n%s", d)
		}
	})
}
