package query

import (
	"fmt"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A Filter is a compiled filter. It has scratch memory of its own: use one for each goroutine.
type Filter[T any] struct {
	Match func(row *T) bool
	Needs uint32 // of the fields that are tested
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
	return &Filter[T]{Match: match, Needs: c.needs}, nil
}

type compiler[T any] struct {
	table  *view.Table[T]
	source string
	needs  uint32
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
	for i := range c.table.Fields {
		if f := &c.table.Fields[i]; f.Name == name {
			c.needs |= f.Needs
			return *f
		}
	}
	i := render.Find(c.table.Columns, name)
	if i < 0 {
		return view.Field[T]{}
	}
	col := &c.table.Columns[i]
	c.needs |= col.Needs
	return view.Field[T]{Kind: col.Kind, Values: func(row *T, dst []render.Value) []render.Value {
		return append(dst, col.Value(row))
	}}
}
