package metrics

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into docs/metrics.md")

// TestDocument compares docs/metrics.md with the table.
func TestDocument(t *testing.T) {
	const path, begin, end = "../../docs/metrics.md", "<!-- metrics -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", path)
	}
	want := head + begin + Markdown() + end + tail
	if string(text) == want {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the table: go test ./internal/metrics -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for i := range Table {
		m := &Table[i]
		if seen[m.Name] || !strings.HasPrefix(m.Name, "nlstat_") || (m.Type == Counter) != strings.HasSuffix(m.Name, "_total") {
			t.Errorf("bad name %q", m.Name)
		}
		seen[m.Name] = true
		if m.Help == "" || m.Bound == "" || m.Unit == "" {
			t.Errorf("%s lacks help, bound or unit", m.Name)
		}
	}
	if got, want := len(byImportance), len(Table)-1; got != want { // that which counts the others has its room
		t.Errorf("%d metrics have an importance, want %d", got, want)
	}
}
