package view

import (
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/render"
)

// AppendFields appends a list of fields for a screen of the given width: names, type and the wrapped
// description.
func AppendFields(dst []byte, fields []FieldInfo, width int) []byte {
	for i := range fields {
		f := &fields[i]
		facts := []string{f.Kind.String(), f.Type.String(), f.Unit()}
		facts = slices.DeleteFunc(slices.Compact(facts), func(s string) bool { return s == "" })
		head := f.Key
		if f.Table != "" {
			head = f.Table + "." + head
		}
		if len(f.Aliases) > 0 {
			head += " (" + strings.Join(f.Aliases, ", ") + ")"
		}
		dst = AppendWrapped(dst, head+": "+strings.Join(facts, ", "), "", "        ", width)
		dst = AppendWrapped(dst, f.notes(), "    ", "    ", width)
	}
	return dst
}

// notes returns the description of a field and remarks on its use.
func (f *FieldInfo) notes() string {
	text := f.Help
	if f.FilterOnly {
		text += " Filters only."
	}
	if f.Costs != "" {
		text += " Reads: " + f.Costs + "."
	}
	if f.Right != "" {
		text += " Needs " + f.Right + "."
	}
	return text
}

// AppendWrapped appends text in lines of at most width cells, 0 = one line. The first line begins with first,
// others with next. Longer words are not broken.
func AppendWrapped(dst []byte, text, first, next string, width int) []byte {
	line, words := first, 0
	for word := range strings.FieldsSeq(text) {
		if words > 0 && width > 0 && render.Width([]byte(line))+1+render.Width([]byte(word)) > width {
			dst = append(append(dst, line...), '\n')
			line, words = next, 0
		}
		if words > 0 {
			line += " "
		}
		line += word
		words++
	}
	return append(append(dst, line...), '\n')
}
