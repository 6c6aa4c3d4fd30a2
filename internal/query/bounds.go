package query

import (
	"math"
	"slices"
	"strconv"
)

// bounded merges a lower and an upper bound of the same field to a range. A socket has two ports and may have
// several processes: the same one must be within both bounds.
func bounded(kids []*Node) []*Node {
	for i := 0; i < len(kids); i++ {
		for j := i + 1; j < len(kids); j++ {
			if r := rangeOf(kids[i].Test, kids[j].Test); r != nil {
				kids[i] = &Node{Test: r}
				kids = slices.Delete(kids, j, j+1)
				break
			}
		}
	}
	return kids
}

// rangeOf returns the range of two bounds, nil if they are not a lower and an upper one in whole numbers.
func rangeOf(a, b *Test) *Test {
	if a == nil || b == nil || a.Field != b.Field {
		return nil
	}
	lower, upper := a, b
	if a.Op == Less || a.Op == LessEqual {
		lower, upper = b, a
	}
	lo, low := lower.bound(Greater, GreaterEqual, 1)
	hi, high := upper.bound(Less, LessEqual, -1)
	if !low || !high || lo > hi {
		return nil
	}
	text := strconv.FormatInt(lo, 10) + "-" + strconv.FormatInt(hi, 10)
	arg := Arg{Text: text, Pos: a.Args[0].Pos}
	return &Test{Field: a.Field, Op: Equal, Args: []Arg{arg}, Pos: a.Pos, End: b.End}
}

// bound returns the extreme value that fulfills a comparison; step leads from an excluded one to it.
func (t *Test) bound(excluded, included Op, step int64) (value int64, ok bool) {
	if len(t.Args) != 1 || t.Args[0].Field != "" || t.Op != excluded && t.Op != included {
		return 0, false
	}
	value, err := strconv.ParseInt(t.Args[0].Text, 10, 64)
	if err != nil || value < 0 || value == math.MaxInt64 {
		return 0, false
	}
	if t.Op == excluded {
		value += step
	}
	return value, value >= 0
}
