package view

import (
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// Fold normalizes a name: case, - and _ are not significant.
func Fold(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// Resolve returns the field of a name, "" if there is none. A name is a column's key, a field of filters, an
// alias or the header of a column, in this order of precedence; case is ignored, and - is the same as _.
func (t *Table[T]) Resolve(name string) string {
	key := Fold(name)
	if render.Find(t.Columns, key) >= 0 {
		return key
	}
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Name == key || slices.Contains(f.Aliases, key) {
			return f.Name
		}
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; Fold(c.Title) == key && key != "" {
			return c.Key
		}
	}
	return ""
}

// Shown returns the default columns, then the fields that a command line names unless another column includes
// them. On a narrow terminal these, or the columns that include them, are dropped last.
func (t *Table[T]) Shown(byDefault []string, fields ...string) []string {
	list := t.Extended(byDefault, fields...)
	for _, f := range fields {
		for _, key := range append([]string{f}, t.ToldBy[f]...) {
			if slices.Contains(list, key) {
				t.Asked = append(t.Asked, key)
			}
		}
	}
	return list
}

// Extended is Shown for fields that nobody named.
func (t *Table[T]) Extended(byDefault []string, fields ...string) []string {
	list := slices.Clone(byDefault)
	for _, f := range fields {
		known := render.Find(t.Columns, f) >= 0 && !slices.Contains(list, f)
		if known && !slices.ContainsFunc(t.ToldBy[f], func(by string) bool { return slices.Contains(list, by) }) {
			list = append(list, f)
		}
	}
	return list
}
