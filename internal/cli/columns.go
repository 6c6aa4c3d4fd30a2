package cli

import (
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// choose returns the columns that spec names. "" or "default" are the table's default, "all" or "*" are
// all; names that begin with + or - change the default.
func choose[T any](t *view.Table[T], spec string, byDefault []string) ([]render.Column[T], error) {
	var keys []string
	for i, word := range columnWords(spec) {
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

// columnWords splits a list of columns.
func columnWords(spec string) []string {
	return strings.FieldsFunc(spec, func(r rune) bool { return r == ',' || r == ' ' })
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
