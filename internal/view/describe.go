package view

import (
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// A FieldInfo describes one field of a table: for help, for the schema, and as a row of the table of fields.
type FieldInfo struct {
	Table      string // set in lists of several tables
	Key        string
	Title      string // the header of its column, "" = none
	Kind       render.Kind
	Type       render.Type
	Help       string
	Aliases    []string // other names in filters
	Default    bool     // in the text table by default
	FilterOnly bool     // has no column
	Kernel     bool     // the kernel evaluates some or all tests of it
	Right      string   // capability needed to read its values
	Costs      string   // cost in addition to the dump
}

// NeedsTCPInfo reports whether a field is derived from tcp_info.
func NeedsTCPInfo(needs uint32) bool { return inspect.Need(needs).Want()&diag.HasTCPInfo != 0 }

// Describe lists the columns of a table, then the fields that only filters have.
func Describe[T any](t *Table[T]) []FieldInfo {
	var list []FieldInfo
	at := map[string]int{}
	for i := range t.Columns {
		c := &t.Columns[i]
		at[c.Key] = len(list)
		list = append(list, FieldInfo{Key: c.Key, Title: c.Title, Kind: c.Kind, Type: c.Type, Help: c.Help, Costs: costOf(c.Needs)})
		list[i].Kernel = NeedsTCPInfo(c.Needs) // only TCP sockets have it
	}
	for _, key := range t.Default {
		list[at[key]].Default = true
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if j, ok := at[f.Name]; ok {
			list[j].Aliases = f.Aliases
			list[j].Kernel = list[j].Kernel || f.Plan != nil
			list[j].Right = f.Right
			continue
		}
		list = append(list, FieldInfo{
			Key: f.Name, Kind: f.Kind, Type: f.Type,
			Help: f.Help, Aliases: f.Aliases, FilterOnly: true, Costs: costOf(f.Needs),
			Kernel: f.Plan != nil, Right: f.Right,
		})
	}
	return list
}

// costOf returns the most expensive data source of a field besides the table.
func costOf(needs uint32) string {
	for n := range inspect.Needs() {
		if needs&uint32(n.Need) != 0 && n.Cost != "" {
			return n.Cost
		}
	}
	return ""
}

// Unit returns the unit of the field's JSON number, "" if it has none.
func (f *FieldInfo) Unit() string {
	switch f.Kind {
	case render.KindByteSize:
		return "bytes"
	case render.KindBitRate:
		return "bits/s"
	case render.KindDuration:
		return "microseconds"
	default:
		return ""
	}
}

// JSONType returns the type of the field in JSON Schema; every field may also be null.
func (f *FieldInfo) JSONType() string {
	switch f.Kind {
	case render.KindUnsigned, render.KindSigned, render.KindByteSize, render.KindBitRate:
		return "integer"
	case render.KindDuration, render.KindDecimal:
		return "number"
	case render.KindBoolean:
		return "boolean"
	case render.KindObjects:
		return "array"
	default:
		return "string"
	}
}

// FullHelp returns the help with the unit.
func (f *FieldInfo) FullHelp() string {
	if u := f.Unit(); u != "" {
		return f.Help + " In " + u + "."
	}
	return f.Help
}

// Fields is the table of fields.
func Fields() Table[FieldInfo] {
	return Table[FieldInfo]{
		Name: "fields",
		Help: "Fields of a table.",
		Columns: []render.Column[FieldInfo]{
			{
				Key: "field", Title: "FIELD", Kind: render.KindString, Type: render.TypeText, Help: "Name of the field.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Key) },
				Style: func(f *FieldInfo) render.Style {
					if f.Default {
						return render.StyleStrong
					}
					return render.StylePlain
				},
			},
			{
				Key: "type", Title: "TYPE", Kind: render.KindString, Type: render.TypeWord, Help: "Type of the value.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Kind.String()) },
			},
			{
				Key: "role", Title: "ROLE", Kind: render.KindString, Type: render.TypeWord,
				Help: "Role of the field: counter, gauge, rate and duration can be summed and are sorted largest " +
					"first; identifier, text, word, address, flag, time and list cannot.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Type.String()) },
				Fit:   render.Fit{Drop: 4},
			},
			{
				Key: "unit", Title: "UNIT", Kind: render.KindString, Type: render.TypeText,
				Help:  "Unit of the number in machine formats.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Unit()) },
				Fit:   render.Fit{Drop: 2},
			},
			{
				Key: "default", Title: "DEFAULT", Kind: render.KindBoolean, Type: render.TypeFlag,
				Help:  "Whether the text table shows it by default.",
				Value: func(f *FieldInfo) render.Value { return render.Bool(f.Default) },
				Fit:   render.Fit{Drop: 3},
			},
			{
				Key: "filter_only", Title: "FILTER-ONLY", Kind: render.KindBoolean, Type: render.TypeFlag,
				Help:  "Whether it exists only in filters.",
				Value: func(f *FieldInfo) render.Value { return render.Bool(f.FilterOnly) },
			},
			{
				Key: "kernel", Title: "KERNEL", Kind: render.KindBoolean, Type: render.TypeFlag,
				Help: "Whether the kernel evaluates tests of it, or skips sockets that cannot have it, as far as " +
					"the test allows.",
				Value: func(f *FieldInfo) render.Value { return render.Bool(f.Kernel) },
				Fit:   render.Fit{Drop: 5},
			},
			{
				Key: "right", Title: "RIGHT", Kind: render.KindString, Type: render.TypeText,
				Help:  "Capability needed to read it; absent if none is needed.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Right) },
				Fit:   render.Fit{Drop: 5},
			},
			{
				Key: "costs", Title: "TAKES", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Drop: 1},
				Help:  "Data source read for it in addition to the table.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Costs) },
			},
			{
				Key: "aliases", Title: "ALSO", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Min: 8, Drop: 1},
				Help:  "Other names of the field in filters.",
				Value: func(f *FieldInfo) render.Value { return render.Name(strings.Join(f.Aliases, ",")) },
			},
			{
				Key: "help", Title: "MEANING", Kind: render.KindString, Type: render.TypeText, Fit: render.Fit{Min: 20},
				Help:  "Description.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Help) },
			},
			{
				Key: "table", Title: "TABLE", Kind: render.KindString, Type: render.TypeWord,
				Help:  "Table of the field, in lists of several tables.",
				Value: func(f *FieldInfo) render.Value { return render.Name(f.Table) },
			},
		},
		Default: []string{"field", "type", "role", "costs", "aliases", "help"},
	}
}
