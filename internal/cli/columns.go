package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nlstat/nlstat/internal/query"
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
			return nil, notColumns(err, word)
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

// notColumns adds to the error about an unknown column what it may have been meant for.
func notColumns(err error, word string) error {
	if _, wrong := time.ParseDuration(word); number(word) || wrong == nil {
		return fmt.Errorf("%w; to repeat every %s type -w=%[2]s", err, strings.TrimRight(word, "s")+"s")
	}
	told := strings.Contains(err.Error(), "did you mean") || strings.HasPrefix(err.Error(), "groups")
	if !told && !strings.HasPrefix(word, "+") {
		return fmt.Errorf("%w; columns are fields, %q as a filter stands without -c", err, word)
	}
	return err
}

// columnsApart suggests in the error about a filter that its words are columns behind -c, if they are fields.
func columnsApart[T any](err error, table func() *view.Table[T], spec string, args []string) error {
	if spec == "" || len(args) == 0 {
		return err
	}
	t := table()
	for _, word := range args {
		if key := t.Resolve(word); key == "" || render.Find(t.Columns, key) < 0 {
			return err
		}
	}
	if e, ok := errors.AsType[*query.Error](err); ok {
		e.Hint = "-c " + spec + "," + strings.Join(args, ",")
	}
	return err
}
