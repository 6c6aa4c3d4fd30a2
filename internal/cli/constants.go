package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// A constant is a field that has the same text in every row.
type constant struct{ key, value string }

// constantList is the value of --set.
type constantList []constant

func (l *constantList) String() string { return "" }
func (l *constantList) Type() string   { return "KEY=VALUE" }

func (l *constantList) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || !isKey(key) {
		return errors.New("expected KEY=VALUE, the key of lower-case letters, digits and _")
	}
	for _, c := range *l {
		if c.key == key {
			return fmt.Errorf("%s is set twice", key)
		}
	}
	*l = append(*l, constant{key, value})
	return nil
}

// isKey reports whether a text can be the name of a field.
func isKey(text string) bool {
	for i, c := range text {
		switch {
		case 'a' <= c && c <= 'z', c == '_':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return text != ""
}

// constants returns columns of constants and their keys. A name that a column has already is an error.
func constants[T any](
	cols []render.Column[T], list []constant,
) (fixed []render.Column[T], keys []string, err error) {
	for _, c := range list {
		if render.Find(cols, c.key) >= 0 {
			return nil, nil, fmt.Errorf("--set %s: there is a field of this name", c.key)
		}
		fixed = append(fixed, render.Column[T]{
			Key: c.key, Title: strings.ToUpper(c.key), Kind: render.KindString, Type: render.TypeText,
			Value: func(*T) render.Value { return render.Text([]byte(c.value)) },
		})
		keys = append(keys, c.key)
	}
	return fixed, keys, nil
}
