package render

import (
	"math"
	"strings"
)

// A Total is one aggregate of a column over the rows of a group.
type Total[T any] struct {
	Column Column[T]
	How    Aggregate
}

// An Aggregate is a function of many numbers.
type Aggregate uint8

// The aggregates. Absent values are ignored; an aggregate of none is absent.
const (
	AggregateSum Aggregate = iota
	AggregateMax
	AggregateMin
	AggregateMean
)

var aggregateNames = [...]string{
	AggregateSum: "sum", AggregateMax: "max", AggregateMin: "min", AggregateMean: "avg",
}

// String returns the prefix of the aggregate's column key.
func (a Aggregate) String() string { return aggregateNames[a] }

// MarshalText returns what String does.
func (a Aggregate) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// A Group is the rows with the same values in some columns. It is the row type of the grouped table.
type Group struct {
	keys   []Value
	count  uint64
	totals []total
}

type total struct {
	acc float64 // sum, or the extreme; durations in seconds
	n   uint64
}

// A Grouper counts rows by the values of columns. It keeps one Group for each combination, never rows.
type Grouper[T any] struct {
	next   Writer[Group]
	by     []Column[T]
	totals []Total[T]
	groups map[string]*Group
	list   []*Group // in order of appearance
	key    []byte
}

// GroupBy returns a writer that, when closed, passes one row for each group on to next, whose columns
// are those of [GroupColumns].
func GroupBy[T any](next Writer[Group], by []Column[T], totals []Total[T]) *Grouper[T] {
	return &Grouper[T]{next: next, by: by, totals: totals, groups: make(map[string]*Group)}
}

// Row counts one row.
func (g *Grouper[T]) Row(row *T) error {
	g.key = g.key[:0]
	for i := range g.by {
		v := g.by[i].Value(row)
		g.key = append(v.AppendJSON(g.key), ',')
	}
	group := g.groups[string(g.key)]
	if group == nil {
		group = g.add(row)
	}
	group.count++
	for i := range g.totals {
		v := g.totals[i].Column.Value(row)
		if f, ok := v.Number(); ok {
			group.totals[i].add(f, g.totals[i].How)
		}
	}
	return nil
}

func (g *Grouper[T]) add(row *T) *Group {
	group := &Group{totals: make([]total, len(g.totals))}
	for i := range g.by {
		v := g.by[i].Value(row)
		v, _ = v.keep(nil)
		group.keys = append(group.keys, v)
	}
	g.groups[string(g.key)] = group
	g.list = append(g.list, group)
	return group
}

func (t *total) add(f float64, how Aggregate) {
	switch {
	case t.n == 0:
		t.acc = f
	case how == AggregateMax:
		t.acc = math.Max(t.acc, f)
	case how == AggregateMin:
		t.acc = math.Min(t.acc, f)
	default:
		t.acc += f
	}
	t.n++
}

// Close passes the groups on and closes the next writer. Without columns to group by there is always one
// group, also of no rows.
func (g *Grouper[T]) Close() error {
	if len(g.by) == 0 && len(g.list) == 0 {
		g.list = append(g.list, &Group{totals: make([]total, len(g.totals))})
	}
	for _, group := range g.list {
		if err := g.next.Row(group); err != nil {
			return err
		}
	}
	return g.next.Close()
}

// GroupColumns returns the columns of grouped rows: those grouped by, "count", then the totals, whose keys
// are the aggregate and the column's: sum_sendq. Duplicates are left out.
func GroupColumns[T any](by []Column[T], totals []Total[T]) []Column[Group] {
	cols := make([]Column[Group], 0, len(by)+1+len(totals))
	for i := range by {
		c := &by[i]
		if Find(cols, c.Key) >= 0 {
			continue // named twice
		}
		kind, typ := c.Kind, c.Type
		if kind == KindObjects {
			kind, typ = KindString, TypeText // a list is represented by its text
		}
		cols = append(cols, Column[Group]{
			Key: c.Key, Title: c.Title, Help: c.Help, Kind: kind, Type: typ, Right: c.Right, Fit: c.Fit,
			Value: func(g *Group) Value { return g.keys[i] },
		})
	}
	cols = append(cols, Column[Group]{
		Key: "count", Title: "COUNT", Help: "Number of rows in the group.", Kind: KindUnsigned,
		Type: TypeGauge, Right: true, Value: func(g *Group) Value { return Uint(g.count) },
	})
	for i := range totals {
		c, how := &totals[i].Column, totals[i].How
		key := how.String() + "_" + c.Key
		if Find(cols, key) >= 0 {
			continue // named twice
		}
		cols = append(cols, Column[Group]{
			Key: key, Title: how.title() + c.Title, Kind: c.Kind,
			Help: "The " + how.String() + " over the group. " + c.Help,
			Type: c.Type, Right: true,
			Value: func(g *Group) Value { return g.totals[i].value(how, c.Kind) },
		})
	}
	return cols
}

func (a Aggregate) title() string { return strings.ToUpper(aggregateNames[a]) + "-" }

// value returns the total in the kind of its column.
func (t *total) value(how Aggregate, k Kind) Value {
	if t.n == 0 {
		return Value{}
	}
	f := t.acc
	if how == AggregateMean {
		f /= float64(t.n)
	}
	switch k {
	case KindDuration:
		return Value{kind: KindDuration, num: uint64(int64(f * 1e9))}
	case KindDecimal:
		return Float(f)
	case KindSigned:
		return Int(int64(f))
	default:
		return Value{kind: k, num: uint64(f)}
	}
}
