package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/names"
)

// TestHeaders checks that what stands above a column is a name of it, and that no name has two meanings.
func TestHeaders(t *testing.T) {
	checkHeaders(t, Sockets(&names.Names{}))
	checkHeaders(t, Routes())
	checkHeaders(t, Rules())
	checkHeaders(t, LinkTable())
	checkHeaders(t, Addresses())
	checkHeaders(t, Neighbors())
	checkHeaders(t, Groups())
	checkHeaders(t, Flows(nil))
	checkHeaders(t, Stats())
	checkHeaders(t, Summary())
}

func checkHeaders[T any](t *testing.T, table Table[T]) {
	t.Helper()
	for i := range table.Columns {
		c := &table.Columns[i]
		if got := table.Resolve(c.Title); got != c.Key {
			t.Errorf("table %s: the header %s means %q, not %s", table.Name, c.Title, got, c.Key)
		}
	}
	meanings := map[string]string{}
	for i := range table.Fields {
		f := &table.Fields[i]
		for _, alias := range f.Aliases {
			if other := meanings[alias]; other != "" {
				t.Errorf("table %s: %s is an alias of %s and %s", table.Name, alias, other, f.Name)
			}
			meanings[alias] = f.Name
		}
	}
}

func TestShown(t *testing.T) {
	table := Sockets(&names.Names{})
	for _, tt := range []struct{ field, want string }{
		{"drops", "drops"}, {"local_port", ""}, {"pid", ""}, {"port", ""}, {"state", ""}, {"unit", "unit"}, {"netns", "netns"},
	} {
		got := table.Shown(table.Default, tt.field)[len(table.Default):]
		want := []string{}
		if tt.want != "" {
			want = append(want, tt.want)
		}
		if diff := cmp.Diff(want, append([]string{}, got...)); diff != "" {
			t.Errorf("%s: %s", tt.field, diff)
		}
	}
}

// TestWordsAreNoFields checks that no word with a meaning of its own in a filter, such as that of a state, names
// a field as well: `established 'idle>1s'` would be a comparison.
func TestWordsAreNoFields(t *testing.T) {
	t.Parallel()
	table := Sockets(&names.Names{})
	for word, guess := range table.Words() {
		if Fold(word) == "last_ack" { // the field and the state have been called so since there is tcp_info
			continue
		}
		if key := table.Resolve(word); key != "" && key != guess.Field {
			t.Errorf("%q is a test of %s and names the field %s", word, guess.Field, key)
		}
	}
}
