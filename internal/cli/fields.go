package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A described table is the description of a table for `nlstat fields`.
type described struct {
	name, help string
	fields     []view.FieldInfo
}

// tables returns all tables in the order of the documentation.
func tables() []described {
	return []described{
		describeTable(view.Sockets(&names.Names{})),
		describeTable(view.Events(&names.Names{}, nil)),
		describeTable(view.Routes()),
		describeTable(view.Rules()),
		describeTable(view.LinkTable()),
		describeTable(view.Addresses()),
		describeTable(view.Neighbors()),
		describeTable(view.Groups()),
		describeTable(view.Flows(nil)),
		describeTable(view.Stats()),
		describeTable(view.Limits()),
		describeTable(view.Summary()),
		describeTable(findings()),
		describeTable(causes()),
	}
}

// eventTables returns the tables of nlstat events TABLE: the fields of the table and those of events.
func eventTables() []described {
	return []described{
		describeTable(view.EventsOf(view.LinkTable(), nil)),
		describeTable(view.EventsOf(view.Addresses(), nil)),
		describeTable(view.EventsOf(view.Routes(), nil)),
		describeTable(view.EventsOf(view.Neighbors(), nil)),
		describeTable(view.EventsOf(view.Flows(nil), nil)),
	}
}

// allTables returns the tables of lists and of events.
func allTables() []described { return append(tables(), eventTables()...) }

func describeTable[T any](t view.Table[T]) described {
	return described{t.Name, t.Help, view.Describe(&t)}
}

func tableNames() []string {
	var list []string
	for _, t := range allTables() {
		list = append(list, t.name)
	}
	return list
}

// fieldsCmd is `nlstat fields`.
func (a *app) fieldsCmd() *cobra.Command {
	var o output
	var schema bool
	cmd := &cobra.Command{
		Use:   "fields [TABLE|WORD]",
		Short: "List the fields of a table: names, types and meanings",
		Long: `List the fields of a table (default sockets), or the fields of all tables whose names, headers or
meanings contain a word.`,
		Example: `  nlstat fields
  nlstat fields retrans
  nlstat fields routes --json
  nlstat fields sockets --schema > sockets.schema.json`,
		Args: atMostOne,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return tableNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			name := "sockets"
			if len(args) > 0 {
				name = args[0]
			}
			list := allTables()
			i := slices.IndexFunc(list, func(t described) bool { return t.name == name })
			if i < 0 {
				return a.searchFields(&o, name, tables())
			}
			if err := a.confine(); err != nil {
				return err
			}
			if schema {
				_, err := a.Stdout.Write(list[i].schema())
				return err
			}
			return a.listFields(&o, list[i].fields)
		},
	}
	o.flags(cmd.Flags())
	cmd.Flags().BoolVar(&schema, "schema", false, "write a JSON Schema of the table's rows")
	return cmd
}

// searchFields lists the fields of all tables that have a word in their names, aliases, headers or meanings.
// Events have the fields of sockets, which are listed once.
func (a *app) searchFields(o *output, word string, list []described) error {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(word)) }
	dash := strings.NewReplacer("_", "-")
	var found []view.FieldInfo
	for i := range list {
		for _, f := range list[i].fields {
			if list[i].name == "events" && slices.ContainsFunc(found, func(other view.FieldInfo) bool {
				return other.Table == "sockets" && other.Key == f.Key
			}) {
				continue
			}
			names := append([]string{f.Key, dash.Replace(f.Key), f.Title, f.Help}, f.Aliases...)
			if slices.ContainsFunc(names, has) {
				f.Table = list[i].name
				found = append(found, f)
			}
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("no table and no field is called %q%s", word, didYouMean(word, tableNames()))
	}
	return a.listFields(o, found, "table")
}

// listFields lists fields, with additional columns in front.
func (a *app) listFields(o *output, fields []view.FieldInfo, front ...string) error {
	table := view.Fields()
	table.Default = append(front, table.Default...)
	sheet, err := prepare(a, o, &table)
	if err != nil {
		return err
	}
	if sheet.opts.Format == render.FormatTable && sheet.opts.Width > 0 && o.columns == "" && sheet.form == nil {
		_, err := a.Stdout.Write(view.AppendFields(nil, fields, sheet.opts.Width)) // meanings are not cut
		return err
	}
	enc := sheet.encoder(a)
	for i := range fields {
		if err := enc.Row(&fields[i]); err != nil {
			return err
		}
	}
	return enc.Close()
}

// schema returns the JSON Schema of the table's rows as --json writes them.
func (t *described) schema() []byte {
	b := append([]byte{}, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"...)
	b = render.AppendJSONString(append(b, `  "title": `...), "nlstat "+t.name)
	b = render.AppendJSONString(append(b, ",\n  \"description\": "...), t.help)
	b = append(b, ",\n  \"type\": \"array\",\n  \"items\": {\n    \"type\": \"object\",\n"...)
	b = append(b, "    \"additionalProperties\": false,\n    \"properties\": {"...)
	first := true
	for i := range t.fields {
		f := &t.fields[i]
		if f.FilterOnly {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(render.AppendJSONString(append(b, "\n      "...), f.Key), ": {\"type\": ["...)
		b = render.AppendJSONString(b, f.JSONType())
		b = render.AppendJSONString(append(b, `, "null"], "x-role": `...), f.Type.String())
		b = render.AppendJSONString(append(b, `, "description": `...), f.FullHelp())
		b = append(b, '}')
	}
	return append(b, "\n    }\n  }\n}\n"...)
}
