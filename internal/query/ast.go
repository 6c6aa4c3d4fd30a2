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

// A Test compares one field with one or several values; one that fits is enough.
type Test struct {
	Field string // canonical
	Op    Op
	Args  []Arg
	Pos   int  // of the field in the source
	End   int  // after the last argument
	Bare  bool // a word on its own, whose meaning was guessed
	Zone  bool // the link of an address, fe80::1%eth0
}

// An Arg is a value to compare with, as it was written.
type Arg struct {
	Text  string
	Pos   int
	Field string // whose value is compared with, "" = the text is the value
}

// An Op is how a field is compared.
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

// String writes the filter in its full form, for explain.
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

// quote puts quotes around a value that would not be one word, or whose tilde would make =~ of a =.
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

// Fields returns the fields that the filter tests, in their order.
func (n *Node) Fields() (list []string) {
	n.Walk(func(t *Test) { list = append(append(list, t.Field), t.Compared()...) })
	return list
}

// Compared returns the fields that a test compares its field with.
func (t *Test) Compared() (list []string) {
	for i := range t.Args {
		if f := t.Args[i].Field; f != "" {
			list = append(list, f)
		}
	}
	return list
}
