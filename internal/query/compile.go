package query

import (
	"fmt"
	"slices"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Filter is a compiled filter. It has scratch memory of its own: use one for each goroutine.
type Filter[T any] struct {
	Match func(row *T) bool
	Needs uint32 // of the fields that are tested
	// Rights are the capabilities without which the values of some of these fields are not known, such as
	// [view.NetAdmin]: then what the filter leaves out, and what it does not, means nothing.
	Rights []string
}

// Compile makes a function of a tree that [Parse] made for the same table. source is what was parsed,
// for messages. A nil tree matches everything.
func Compile[T any](t *view.Table[T], n *Node, source string) (*Filter[T], error) {
	c := compiler[T]{table: t, source: source}
	if n == nil {
		return &Filter[T]{Match: func(*T) bool { return true }}, nil
	}
	match, err := c.node(n)
	if err != nil {
		return nil, err
	}
	return &Filter[T]{Match: match, Needs: c.needs, Rights: c.rights}, nil
}

type compiler[T any] struct {
	table  *view.Table[T]
	source string
	needs  uint32
	rights []string
}

func (c *compiler[T]) node(n *Node) (func(*T) bool, error) {
	switch {
	case n.Test != nil:
		return c.test(n.Test)
	case n.Not != nil:
		match, err := c.node(n.Not)
		return func(row *T) bool { return !match(row) }, err
	}
	kids := n.And
	if n.Or != nil {
		kids = n.Or
	}
	matches := make([]func(*T) bool, len(kids))
	for i, k := range kids {
		var err error
		if matches[i], err = c.node(k); err != nil {
			return nil, err
		}
	}
	decides := n.Or != nil // an or ends at the first true, an and at the first false
	return func(row *T) bool {
		for _, match := range matches {
			if match(row) == decides {
				return decides
			}
		}
		return !decides
	}, nil
}

// test makes the function of one comparison. An absent value fits nothing.
func (c *compiler[T]) test(t *Test) (func(*T) bool, error) {
	f := c.lookup(t.Field)
	if f.Values == nil {
		return nil, fmt.Errorf("table %s has no field %q", c.table.Name, t.Field)
	}
	fits := make([]matcher, len(t.Args))
	for i, a := range t.Args {
		m, err := newMatcher(f.Kind, t.Op, a.Text, f.Number)
		if err == nil && f.Max != 0 && t.Op != Matches {
			err = within(f.Kind, a.Text, f.Number, f.Max)
		}
		if err != nil {
			return nil, &Error{Source: c.source, Pos: a.Pos, Len: len(a.Text), Msg: err.Error()}
		}
		fits[i] = m
	}
	var buf []render.Value
	return func(row *T) bool {
		buf = f.Values(row, buf[:0])
		for i := range buf {
			if buf[i].Kind() == render.None {
				continue
			}
			for _, fit := range fits {
				if fit(&buf[i]) {
					return true
				}
			}
		}
		return false
	}, nil
}

// lookup returns what is known of a field, with nil Values if the table has none of that name.
func (c *compiler[T]) lookup(name string) view.Field[T] {
	f := fieldOf(c.table, name)
	c.needs |= f.Needs
	if f.Right != "" && !slices.Contains(c.rights, f.Right) {
		c.rights = append(c.rights, f.Right)
	}
	return f
}

// fieldOf puts together what a table says of a field and of the column of the same name. Values is nil if
// there is neither.
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
