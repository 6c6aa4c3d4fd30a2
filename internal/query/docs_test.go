package query

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
)

var update = flag.Bool("update", false, "write the documents anew")

// TestFiltersPage checks that docs/filters.md names the fields that the kernel evaluates, as they are declared.
func TestFiltersPage(t *testing.T) {
	const file, begin, end = "../../docs/filters.md", "<!-- fields -->\n", "<!-- /fields -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	is, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	want := kernelTable()
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil { //nolint:gosec // for everybody
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, is); diff != "" {
		t.Errorf("%s is not what the program says (go test -update writes it):\n%s", file, diff)
	}
}

// kernelTable lists the fields that have a plan. Those that only leave out other protocols than TCP are too many.
func kernelTable() string {
	table := view.Sockets(&names.Names{})
	var b strings.Builder
	b.WriteString("| field | also | needs | meaning |\n|---|---|---|---|\n")
	for _, f := range view.Describe(&table) {
		planned := slices.ContainsFunc(table.Fields, func(g view.Field[view.Socket]) bool { return g.Name == f.Key && g.Plan != nil })
		if planned {
			b.WriteString("| `" + f.Key + "` | " + strings.Join(f.Aliases, ", ") + " | " + f.Right + " | " + f.Help + " |\n")
		}
	}
	return b.String()
}
