package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Filter is a compiled filter. It owns scratch memory: use one per goroutine.
//
// A test of unknown data, such as the owner of another user's socket, is neither true nor false, and neither
// is its negation: the row does not match and is counted as undecided.
type Filter[T any] struct {
	Match func(row *T) bool
	Needs uint32 // of the tested fields
	// Rights are the capabilities needed to read some of these fields, such as [view.NetAdmin].
	Rights []string
	// Undecided counts the rows for which the result is unknown.
	Undecided *Undecided
}

// Undecided counts the rows for which a filter's result is unknown, by the missing data.
type Undecided struct {
	Rows   int
	Needs  uint32
	Rights bool // the kernel did not report a tested value
}

// Add adds the counts of another filter.
func (u *Undecided) Add(other *Undecided) {
	u.Rows += other.Rows
	u.Needs |= other.Needs
	u.Rights = u.Rights || other.Rights
}

// Compile compiles a tree that [Parse] returned for the same table. source is the parsed text, for messages.
// A nil tree matches everything.
func Compile[T any](t *view.Table[T], n *Node, source string) (*Filter[T], error) {
	c := compiler[T]{table: t, source: source, undecided: &Undecided{}}
	if n == nil {
		return &Filter[T]{Match: func(*T) bool { return true }, Undecided: c.undecided}, nil
	}
	match, err := c.node(n)
	if err != nil {
		return nil, err
	}
	return &Filter[T]{
		Match: func(row *T) bool {
			verdict := match(row)
			if verdict == unknown {
				c.undecided.Rows++
			}
			return verdict == yes
		},
		Needs: c.needs, Rights: c.rights, Undecided: c.undecided,
	}, nil
}

// A verdict is the result of a test in Kleene's logic: and is the minimum of its operands, or the maximum.
type verdict int8

const (
	no verdict = iota - 1
	unknown
	yes
)

type compiler[T any] struct {
	table     *view.Table[T]
	source    string
	needs     uint32
	rights    []string
	undecided *Undecided
}

func (c *compiler[T]) node(n *Node) (func(*T) verdict, error) {
	switch {
	case n.Test != nil:
		return c.test(n.Test)
	case n.Not != nil:
		match, err := c.node(n.Not)
		return func(row *T) verdict { return -match(row) }, err
	}
	kids, decides := n.And, no // and ends at the first no, or at the first yes
	if n.Or != nil {
		kids, decides = n.Or, yes
	}
	matches := make([]func(*T) verdict, len(kids))
	for i, k := range kids {
		var err error
		if matches[i], err = c.node(k); err != nil {
			return nil, err
		}
	}
	return func(row *T) verdict {
		result := -decides
		for _, match := range matches {
			v := match(row)
			if v == decides {
				return decides
			}
			if v == unknown {
				result = unknown
			}
		}
		return result
	}, nil
}

// test compiles a comparison. An absent value fits nothing.
func (c *compiler[T]) test(t *Test) (func(*T) verdict, error) {
	f := c.lookup(t.Field)
	if f.Values == nil {
		return nil, fmt.Errorf("table %s has no field %q", c.table.Name, t.Field)
	}
	fits := make([]matcher, len(t.Args))
	for i, a := range t.Args {
		if a.Field != "" {
			return c.fields(t, &f), nil
		}
		m, err := newMatcher(f.Kind, t.Op, a.Text, f.Number)
		if err == nil {
			err = sensible(&f, t, a.Text)
		}
		if err != nil {
			return nil, &Error{Source: c.source, Pos: a.Pos, Len: len(a.Text), Msg: err.Error()}
		}
		fits[i] = m
	}
	var buf []render.Value
	return func(row *T) verdict {
		buf = f.Values(row, buf[:0])
		for i := range buf {
			if buf[i].Kind() == render.KindNone {
				continue
			}
			for _, fit := range fits {
				if fit(&buf[i]) {
					return yes
				}
			}
		}
		return c.absent(row, &f)
	}, nil
}

// sensible refuses a value that no row can have: an empty result would hide the mistake.
func sensible[T any](f *view.Field[T], t *Test, text string) error {
	switch {
	case f.Check != nil && t.Op == Equal && !strings.ContainsAny(text, "*?") && !f.Check(text):
		return fmt.Errorf("unknown %s %q", t.Field, text)
	case f.Max != 0 && t.Op != Matches:
		return within(f.Kind, text, f.Number, f.Max)
	default:
		return nil
	}
}

// fields compiles a comparison of two fields. It is false if one of them is absent.
func (c *compiler[T]) fields(t *Test, left *view.Field[T]) func(*T) verdict {
	right := c.lookup(t.Args[0].Field)
	var a, b []render.Value
	return func(row *T) verdict {
		a, b = left.Values(row, a[:0]), right.Values(row, b[:0])
		for i := range a {
			for j := range b {
				if a[i].Kind() != render.KindNone && b[j].Kind() != render.KindNone && holds(t.Op, a[i].Compare(&b[j])) {
					return yes
				}
			}
		}
		return max(c.absent(row, left), c.absent(row, &right))
	}
}

// holds reports whether an operator is true for the result of a comparison.
func holds(op Op, compared int) bool {
	switch op {
	case Less:
		return compared < 0
	case LessEqual:
		return compared <= 0
	case Greater:
		return compared > 0
	case GreaterEqual:
		return compared >= 0
	default:
		return compared == 0
	}
}

// absent is the verdict for a row without a fitting value: no, or unknown if it may have further values.
func (c *compiler[T]) absent(row *T, f *view.Field[T]) verdict {
	switch {
	case f.Known != nil && !f.Known(row):
		c.undecided.Rights = true
	case f.Needs != 0 && c.table.Known != nil && !c.table.Known(row, f.Needs):
		c.undecided.Needs |= f.Needs
	default:
		return no
	}
	return unknown
}

// lookup returns the description of a field, with nil Values if the table has none of that name.
func (c *compiler[T]) lookup(name string) view.Field[T] {
	f := fieldOf(c.table, name)
	c.needs |= f.Needs
	if f.Right != "" && !slices.Contains(c.rights, f.Right) {
		c.rights = append(c.rights, f.Right)
	}
	return f
}

// fieldOf merges the description of a field with that of the column of the same name. Values is nil if there
// is neither.
func fieldOf[T any](t *view.Table[T], name string) (f view.Field[T]) {
	if i := slices.IndexFunc(t.Fields, func(f view.Field[T]) bool { return f.Name == name }); i >= 0 {
		f = t.Fields[i]
	}
	if i := render.Find(t.Columns, name); i >= 0 && f.Values == nil {
		col := &t.Columns[i]
		f.Kind, f.Needs = col.Kind, col.Needs
		f.Values = func(row *T, dst []render.Value) []render.Value { return append(dst, col.Value(row)) }
	}
	return f
}
