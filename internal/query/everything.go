package query

import (
	"math"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// anyWord is the word that means every socket.
const anyWord = "any"

// Everything reports whether a filter matches every row by its form alone, such as state=all, port>=0 or
// "udp or not udp", without the word any. A command with an effect refuses it: every socket must be requested
// by that word.
func Everything[T any](t *view.Table[T], tree *Node) bool {
	if tree == nil {
		return false
	}
	said := false
	tree.Walk(func(test *Test) { said = said || test.Any })
	always, _ := languageOf(t).constant(tree)
	return always && !said
}

// constant reports whether a filter is true for every row, or false for every row. Both are false if it
// depends on the row.
func (l *language) constant(n *Node) (always, never bool) {
	switch {
	case n.Not != nil:
		always, never = l.constant(n.Not)
		return never, always
	case n.Or != nil:
		never = true
		for _, k := range n.Or {
			yes, no := l.constant(k)
			always, never = always || yes, never && no
		}
		return always || opposed(n.Or), never
	case n.And != nil:
		always = true
		for _, k := range n.And {
			yes, no := l.constant(k)
			always, never = always && yes, never || no
		}
		return always, never || opposed(n.And)
	}
	return l.trivial(n.Test)
}

// opposed reports whether one of these is the negation of another one.
func opposed(nodes []*Node) bool {
	for _, n := range nodes {
		if n.Not != nil && slices.ContainsFunc(nodes, func(k *Node) bool { return k.String() == n.Not.String() }) {
			return true
		}
	}
	return false
}

// trivial is constant for a comparison. Rows without the field are ignored: rtt>=0 does not restrict rows
// with the field.
func (l *language) trivial(t *Test) (always, never bool) {
	f := l.field(t.Field)
	if f == nil || len(t.Args) == 0 || len(t.Compared()) > 0 {
		return false, false
	}
	if f.words != nil && t.Op == Equal {
		all := f.words()[anyWord]
		return len(all) > 0 && !slices.ContainsFunc(all, func(v string) bool { return !t.has(v) }), false
	}
	value := t.Args[0].Text
	switch f.kind {
	case render.KindUnsigned, render.KindDuration, render.KindByteSize, render.KindBitRate:
		lo, hi, err := parseRange(f.kind, value, nil)
		if err != nil {
			return false, false // a name, such as that of a port
		}
		zero := lo.Uint() == 0
		whole := t.Op == Equal && f.kind == render.KindUnsigned && zero && hi.Uint() >= math.MaxUint16 // every port
		return whole || t.Op == GreaterEqual && zero, t.Op == Less && zero
	case render.KindAddress, render.KindEndpoint:
		return t.Op == Equal && strings.HasSuffix(value, "/0"), false
	case render.KindString:
		return strings.Trim(value, "*.^$") == "" && (t.Op == Matches || value != "" && t.Op == Equal) ||
			value == "" && t.Op == Contains, false
	default:
		return false, false
	}
}

// has reports whether a test has this value.
func (t *Test) has(value string) bool {
	return slices.ContainsFunc(t.Args, func(a Arg) bool { return strings.EqualFold(a.Text, value) })
}
