package live

import "testing"

// TestFinder adds elements one by one, among them such that are equal, and builds the same again for fewer.
func TestFinder(t *testing.T) {
	var list []uint64
	id := func(i int) uint64 { return list[i] }
	var f finder[uint64]
	if _, ok := f.find(7, id); ok {
		t.Error("found in nothing")
	}
	for i := range 1000 {
		list = append(list, uint64(i/2)*7919)
		f.add(i, id)
	}
	f.add(len(list)-1, id) // again
	for i, key := range list {
		if at, ok := f.find(key, id); !ok || list[at] != key {
			t.Fatalf("%d is found at %d, %v", i, at, ok)
		}
	}
	if _, ok := f.find(1, id); ok {
		t.Error("1 is found")
	}
	f.build(100, id)
	if _, ok := f.find(list[100], id); ok {
		t.Error("an element of before is found")
	}
	if at, ok := f.find(list[99], id); !ok || list[at] != list[99] {
		t.Errorf("the last is found at %d, %v", at, ok)
	}
}
