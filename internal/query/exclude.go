package query

import (
	"slices"
	"strings"
)

// exclude reports whether no row passes both tests: they name different values of a field of which every row
// has one.
func exclude(a, b *Test) bool {
	if a == nil || b == nil || a.Field != b.Field || a.Op != Equal || b.Op != Equal {
		return false
	}
	shared := slices.ContainsFunc(a.Args, func(x Arg) bool {
		return slices.ContainsFunc(b.Args, func(y Arg) bool { return strings.EqualFold(x.Text, y.Text) })
	})
	return !shared && slices.Contains([]string{"proto", "family", "state"}, a.Field)
}

// Contradictions returns alternatives for tests that no row passes together: tcp and udp.
func (n *Node) Contradictions() (list []string) {
	if n == nil {
		return nil
	}
	for i, a := range n.And {
		for _, b := range n.And[i+1:] {
			if exclude(a.Test, b.Test) {
				list = append(list, (&Node{Or: []*Node{a, b}}).String())
			}
		}
	}
	for _, kid := range slices.Concat(n.And, n.Or) {
		list = append(list, kid.Contradictions()...)
	}
	return list
}
