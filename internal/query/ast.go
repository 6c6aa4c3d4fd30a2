package query

import (
	"strings"

	"github.com/nlstat/nlstat/internal/view"
)

// A Node is a part of a filter. Exactly one of its forms is set: And, Or, Not or Test.
type Node struct {
	And  []*Node
	Or   []*Node
	Not  *Node
	Test *Test
}

// A Test compares a field with one or several values; it is true if one of them fits.
type Test struct {
	Field string // canonical
	Op    Op
	Args  []Arg
	Pos   int  // of the field in the source
	End   int  // after the last argument
	Bare  bool // a bare word, interpreted by [view.Table.Guess]
	Flag  bool // a field alone, which is yes or no
	Zone  bool // the link of an address, fe80::1%eth0
	Any   bool // a value is the word any
}

// An Arg is a value to compare with, as source text.
type Arg struct {
	Text  string
	Pos   int
	Field string // the field to compare with, "" = Text is the value
}

// An Op is an operator of a comparison.
type Op = view.Op

// The operators.
const (
	Equal        = view.Equal
	Less         = view.Less
	LessEqual    = view.LessEqual
	Greater      = view.Greater
	GreaterEqual = view.GreaterEqual
	Matches      = view.Matches
	Contains     = view.Contains
)

// String writes the filter in canonical form, for explain.
func (n *Node) String() string {
	var b strings.Builder
	n.write(&b, false)
	return b.String()
}

func (n *Node) write(b *strings.Builder, inner bool) {
	kids, word := n.And, " and "
	if n.Or != nil {
		kids, word = n.Or, " or "
	}
	switch {
	case n.Not != nil:
		b.WriteString("not ")
		n.Not.write(b, true)
	case n.Test != nil:
		n.Test.write(b)
	default:
		if inner {
			b.WriteByte('(')
		}
		for i, k := range kids {
			if i > 0 {
				b.WriteString(word)
			}
			k.write(b, true)
		}
		if inner {
			b.WriteByte(')')
		}
	}
}

func (t *Test) write(b *strings.Builder) {
	b.WriteString(t.Field)
	if len(t.Args) > 1 {
		b.WriteString(" in (")
		for i, a := range t.Args {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(a.Text))
		}
		b.WriteByte(')')
		return
	}
	b.WriteString(t.Op.String())
	if len(t.Args) == 1 {
		b.WriteString(quote(t.Args[0].Text))
	}
}

// quote quotes a value that is not a single word, or that begins with a tilde, which would turn = into =~.
func quote(s string) string {
	if s != "" && s[0] != '~' && !strings.ContainsAny(s, " \t\r\n()=!<>,&|\"'") {
		return s
	}
	if !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return `'` + s + `'`
}

// Walk calls f with every test of the filter.
func (n *Node) Walk(f func(*Test)) {
	if n == nil {
		return
	}
	for _, k := range n.And {
		k.Walk(f)
	}
	for _, k := range n.Or {
		k.Walk(f)
	}
	n.Not.Walk(f)
	if n.Test != nil {
		f(n.Test)
	}
}

// Fields returns the fields that the filter tests, in order.
func (n *Node) Fields() (list []string) {
	n.Walk(func(t *Test) { list = append(append(list, t.Field), t.Compared()...) })
	return list
}

// Compared returns the fields that are operands of a test.
func (t *Test) Compared() (list []string) {
	for i := range t.Args {
		if f := t.Args[i].Field; f != "" {
			list = append(list, f)
		}
	}
	return list
}
