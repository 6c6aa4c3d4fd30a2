package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A language is the vocabulary of filters for one table.
type language struct {
	table  string
	fields map[string]*field // by name and alias
	names  []string          // for suggestions
	words  map[string]view.Guess
	guess  func(word string) (view.Guess, bool)
	exists func(word string) bool
}

// A field is the parser's view of a field of a table.
type field struct {
	name  string
	kind  render.Kind
	words func() map[string][]string // nil = any value
}

// example returns a comparison for a field of this kind.
func (f *field) example() string {
	switch f.kind {
	case render.KindDuration:
		return ">50ms"
	case render.KindByteSize:
		return ">64k"
	case render.KindBitRate:
		return ">1M"
	case render.KindUnsigned:
		return ">0"
	case render.KindBoolean:
		return "=yes"
	default:
		return "=VALUE"
	}
}

// languageOf collects the words of a table: its columns, its other fields, their aliases.
func languageOf[T any](t *view.Table[T]) *language {
	l := &language{table: t.Name, fields: make(map[string]*field), guess: t.Guess, exists: t.Exists}
	if t.Words != nil {
		l.words = t.Words()
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		l.add(&field{name: c.Key, kind: c.Kind})
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		known := fieldOf(t, f.Name)
		l.add(&field{name: f.Name, kind: known.Kind, words: f.Words}, f.Aliases...)
	}
	slices.Sort(l.names)
	for i := range t.Columns { // headers are names too, but not suggested
		title := view.Fold(t.Columns[i].Title)
		if f := l.fields[t.Resolve(title)]; l.fields[title] == nil && f != nil {
			l.fields[title] = f
		}
	}
	return l
}

func (l *language) add(f *field, aliases ...string) {
	for _, n := range append([]string{f.name}, aliases...) {
		if l.fields[n] == nil {
			l.names = append(l.names, n)
		}
		l.fields[n] = f
	}
}

// field returns the field with this name; case is ignored, and - is the same as _.
func (l *language) field(name string) *field {
	return l.fields[view.Fold(name)]
}

// suggestions are all bare words and names of fields.
func (l *language) suggestions() []string {
	all := slices.Clone(l.names)
	for w := range l.words {
		all = append(all, w)
	}
	slices.Sort(all)
	return append(all, "and", "or", "not", "in")
}

// Words returns the words that a filter of the table may begin with, for completion: fields, aliases and bare
// words.
func Words[T any](t *view.Table[T]) []string { return languageOf(t).suggestions() }

// Values returns, for completion, the canonical name of a field and the names of its values; nothing if the
// table has no such field or its values have no names.
func Values[T any](t *view.Table[T], name string) (field string, words []string) {
	f := languageOf(t).field(name)
	if f == nil {
		return "", nil
	}
	if f.words != nil {
		words = spelledOnce(keys(f.words()))
	}
	return f.name, words
}

// spelledOnce sorts words and keeps one of those that differ only in - and _: time-wait of time_wait and
// timewait.
func spelledOnce(words []string) []string {
	plain := strings.NewReplacer("-", "", "_", "")
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(plain.Replace(a), plain.Replace(b)), cmp.Compare(a, b))
	})
	return slices.CompactFunc(words, func(a, b string) bool { return plain.Replace(a) == plain.Replace(b) })
}
