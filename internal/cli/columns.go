package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// choose returns the columns that spec names. "" or "default" are the table's default, "all" or "*" are
// all; names that begin with + or - change the default.
func choose[T any](t *view.Table[T], spec string, byDefault []string) ([]render.Column[T], error) {
	var keys []string
	for i, word := range strings.FieldsFunc(spec, func(r rune) bool { return r == ',' || r == ' ' }) {
		name := strings.TrimLeft(word, "+-")
		switch {
		case word == "all" || word == "*":
			keys = append(keys, view.CheapKeys(t)...)
			continue
		case word == "default":
			keys = append(keys, byDefault...)
			continue
		case i == 0 && name != word:
			keys = append(keys, byDefault...)
		}
		key, err := findKey(t, name)
		if err != nil {
			return nil, err
		}
		keys = without(keys, key)
		if !strings.HasPrefix(word, "-") {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		keys = byDefault
	}
	cols := make([]render.Column[T], len(keys))
	for i, k := range keys {
		cols[i] = t.Columns[render.Find(t.Columns, k)]
	}
	return cols, nil
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
		return "", fmt.Errorf("groups have no field %q; they have %s", name, strings.Join(allKeys(t), ", "))
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
	if i < 0 || t.Fields[i].Kind == render.Boolean {
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

func without(keys []string, key string) []string {
	kept := keys[:0:0]
	for _, k := range keys {
		if k != key {
			kept = append(kept, k)
		}
	}
	return kept
}
