package view

import (
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// Fold brings names that differ in case, - and _ alone together.
func Fold(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// Resolve returns the field that a name stands for: a column's key, a field of filters, an alias, or the
// header of a column, in whatever case and with - for _. "" is none. Of a name with several meanings the
// first in this order counts.
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

// Shown returns the default columns and behind them those of fields that a command line names, which are not
// told by the others already. Those have room before what can be left out.
func (t *Table[T]) Shown(byDefault []string, fields ...string) []string {
	list := slices.Clone(byDefault)
	for _, f := range fields {
		if render.Find(t.Columns, f) < 0 || slices.Contains(list, f) {
			continue
		}
		if !slices.ContainsFunc(t.ToldBy[f], func(by string) bool { return slices.Contains(list, by) }) {
			list = append(list, f)
			t.Columns[render.Find(t.Columns, f)].Fit.Drop = 0
		}
	}
	return list
}
