package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// oneOf checks the value of an enumerated flag.
func oneOf(flag, value, words string) error {
	list := strings.Fields(words)
	if slices.Contains(list, value) {
		return nil
	}
	return fmt.Errorf("--%s %q: expected one of %s%s",
		flag, value, strings.Join(list, ", "), didYouMean(value, list))
}

// didYouMean returns the suggestion at the end of a message about an unknown word.
func didYouMean(word string, candidates []string) string {
	if s := query.Suggest(word, candidates); s != "" {
		return "; did you mean \"" + s + "\"?"
	}
	return ""
}

// findKey returns the key of the column that name or its alias denotes.
func findKey[T any](t *view.Table[T], name string) (string, error) {
	key := t.Resolve(name)
	switch {
	case key != "" && render.Find(t.Columns, key) >= 0:
		return key, nil
	case key != "":
		return "", fmt.Errorf("field %q can only be used in filters%s", name, singles(t, key))
	case t.Name == "": // the table of groups
		return "", fmt.Errorf("groups have no field %q; they have %s; --sum %[1]s, --max or --avg add one",
			view.Fold(name), strings.Join(allKeys(t), ", "))
	}
	known := allKeys(t)
	for i := range t.Fields {
		known = append(known, t.Fields[i].Aliases...)
	}
	return "", fmt.Errorf("unknown field %q of table %s%s (nlstat fields %s lists them)",
		name, t.Name, didYouMean(view.Fold(name), known), t.Name)
}

// singles names the columns that each hold one value of a field: local_port and remote_port for port.
func singles[T any](t *view.Table[T], field string) string {
	var list []string
	i := slices.IndexFunc(t.Fields, func(f view.Field[T]) bool { return f.Name == field })
	if i < 0 || t.Fields[i].Kind == render.KindBoolean {
		return ""
	}
	for _, end := range [...]string{"local", "remote"} {
		for _, key := range [...]string{end + "_" + field, end + "_addr"} {
			if render.Find(t.Columns, key) >= 0 {
				list = append(list, key)
				break
			}
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "; show " + strings.Join(list, " or ")
}

func allKeys[T any](t *view.Table[T]) []string {
	keys := make([]string, len(t.Columns))
	for i := range t.Columns {
		keys[i] = t.Columns[i].Key
	}
	return keys
}

// counted returns a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
