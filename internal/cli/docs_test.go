package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocs checks that docs/schema.md and docs/schema/*.json say what the program says. -update writes
// them.
func TestDocs(t *testing.T) {
	const dir = "../../docs"
	pages := map[string]string{"schema.md": schemaPage()}
	for _, table := range append(tables(), eventTables()...) {
		pages["schema/"+table.name+".json"] = string(table.schema())
	}
	for name, want := range pages {
		file := filepath.Join(dir, name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is not what the program says (go test -update writes it):\n%s", name, diff)
		}
	}
}

func schemaPage() string {
	var b strings.Builder
	b.WriteString(`# Fields

This page is made from the program: ` + "`nlstat fields TABLE`" + ` prints the same, and
` + "`nlstat fields TABLE --schema`" + ` a JSON Schema, which also lies in [schema/](schema/).

Promises:

- A field has one name everywhere: JSON key, CSV header, --columns, --sort, filters. Names are never
  changed and never mean something else; new fields may appear.
- Numbers are numbers, in base units: bytes, bits a second, microseconds. Addresses have no brackets;
  endpoints do for IPv6.
- The role of a field says what it tells. Counters, gauges, rates and durations can be summed and are sorted largest
  first; identifiers and all others cannot, and are sorted smallest first.
- What is not known is null, never zero or an empty text.
- The default columns of the text table may change. Name the columns that you rely on.
- --json writes one array, --jsonl one object a line; both are UTF-8 in which control characters are
  escaped. --csv has a header and one line a row. Their fields are those of this page in its order, which is not
  that of the text table, or the named ones in the order of their names; -g has the same groups in every format.
- --watch with --jsonl or --csv writes a row for every change, with two fields in front: ` + "`event`" + ` (present at the
  first sample, new, changed, closed; sample for rows that are as they were, if fields of rates are named) and
  ` + "`time`" + `. Those of sockets are the table events. The lines of nlstat events links, addresses, routes, neighbors
  and nat have these two and ` + "`lost_events`" + ` beside the fields of their table ([schema/](schema/) has them as
  events-links and so on).
`)
	for _, t := range tables() {
		b.WriteString("\n## " + t.name + "\n\n" + t.help + "\n\n| field | type | role | unit | also | meaning |\n|---|---|---|---|---|---|\n")
		for i := range t.fields {
			f := &t.fields[i]
			name := "`" + f.Key + "`"
			if f.Default {
				name = "**" + name + "**"
			}
			help := f.Help
			if f.FilterOnly {
				help += " Filters only."
			}
			b.WriteString("| " + name + " | " + f.Kind.String() + " | " + f.Type.String() + " | " + f.Unit() + " | " +
				strings.Join(f.Aliases, ", ") + " | " + help + " |\n")
		}
	}
	return b.String()
}
