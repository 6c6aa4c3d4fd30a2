package live

import (
	"cmp"
	"math"
	"slices"
)

// An entry is a row of a list and the beginning of what it is sorted by ([render.Value.Prefix]).
type entry struct {
	key  uint64
	more uint32
	at   uint32 // its index
}

// absent is the key of rows without a value, which come last in either order. No other row has it.
var absent = entry{key: math.MaxUint64, more: math.MaxUint32}

// same reports whether the keys do not tell the order.
func (e entry) same(f entry) bool { return e.key == f.key && e.more == f.more }

// compareKeys orders by key, then as the kernel has them.
func compareKeys(a, b entry) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	case a.more != b.more:
		return cmp.Compare(a.more, b.more)
	default:
		return cmp.Compare(a.at, b.at)
	}
}

// choose sorts the elements from..to-1 of the sorted list only: a screen shows dozens of rows of hundreds of
// thousands.
func choose(list []entry, from, to int, compare func(a, b entry) int) {
	to = min(to, len(list))
	if from >= to {
		return
	}
	if from > 0 {
		partition(list, from, compare)
		list, to = list[from:], to-from
	}
	if to < len(list) {
		partition(list, to, compare)
	}
	slices.SortFunc(list[:to], compare)
}

// partition puts the n smallest elements before the others (Hoare's selection).
func partition(list []entry, n int, compare func(a, b entry) int) {
	for len(list) > 32 {
		pivot := middle(list, compare)
		i, j := 0, len(list)-1
		for i <= j {
			for compare(list[i], pivot) < 0 {
				i++
			}
			for compare(list[j], pivot) > 0 {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i++
				j--
			}
		}
		switch { // ..j are at most the pivot, i.. at least
		case n <= j:
			list = list[:j+1]
		case n >= i:
			list, n = list[i:], n-i
		default:
			return
		}
	}
	slices.SortFunc(list, compare)
}

// middle returns the median of nine elements.
func middle(list []entry, compare func(a, b entry) int) entry {
	var some [9]entry
	for i := range some {
		some[i] = list[i*(len(list)-1)/(len(some)-1)]
	}
	slices.SortFunc(some[:], compare)
	return some[len(some)/2]
}
