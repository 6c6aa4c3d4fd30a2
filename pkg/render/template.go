package render

import (
	"fmt"
	"io"
	"strings"
)

// A Template is text with fields in it: "{{process}} talks to {{remote}}\n". A field may have a format
// after a bar: {{rtt|human}} with a unit, {{process|json}} as JSON (a text with its quotes), {{name|csv}}
// quoted as in CSV, {{process|prom}} escaped for the quotes of a Prometheus label, {{recvq|10}} or
// {{recvq|-10}} padded to that many cells on the left or right. \n, \t, \\ and \{ stand for a line feed, a
// tab, a backslash and a brace.
type Template struct{ parts []part }

// A part is text and the field after it.
type part struct {
	text string
	key  string // "" = none
	form templateForm
	pad  int // > 0 on the left, < 0 on the right
}

type templateForm uint8

const (
	formPlain templateForm = iota
	formHuman
	formJSON
	formCSV
	formProm
)

var templateForms = map[string]templateForm{
	"plain": formPlain, "human": formHuman, "json": formJSON, "csv": formCSV, "prom": formProm,
}

// ParseTemplate reads a template. A line feed is added unless it ends with one.
func ParseTemplate(s string) (*Template, error) {
	var t Template
	var text strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			text.WriteString(unescape(s[i+1]))
			i += 2
		case strings.HasPrefix(s[i:], "{{"):
			end := strings.Index(s[i:], "}}")
			if end < 0 {
				return nil, fmt.Errorf("template: %q is not closed by }}", s[i:])
			}
			p, err := parseField(s[i+2 : i+end])
			if err != nil {
				return nil, err
			}
			p.text = text.String()
			text.Reset()
			t.parts = append(t.parts, p)
			i += end + 2
		default:
			text.WriteByte(s[i])
			i++
		}
	}
	if last := text.String(); !strings.HasSuffix(last, "\n") {
		text.WriteByte('\n')
	}
	t.parts = append(t.parts, part{text: text.String()})
	return &t, nil
}

func unescape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '\\', '{':
		return string(rune(c))
	default:
		return "\\" + string(rune(c))
	}
}

// parseField parses the text between the braces.
func parseField(s string) (part, error) {
	key, forms, _ := strings.Cut(s, "|")
	p := part{key: strings.TrimPrefix(strings.TrimSpace(key), ".")}
	if p.key == "" {
		return p, fmt.Errorf("template: {{%s}} names no field", s)
	}
	for f := range strings.SplitSeq(forms, "|") {
		f = strings.TrimSpace(f)
		form, ok := templateForms[f]
		switch {
		case f == "":
		case ok:
			p.form = form
		default:
			if n, err := fmt.Sscanf(f, "%d", &p.pad); n != 1 || err != nil || p.pad < -1000 || p.pad > 1000 {
				return p, fmt.Errorf("template: {{%s}}: %q is neither a width nor one of plain, "+
					"human, json, csv, prom", s, f)
			}
		}
	}
	return p, nil
}

// Keys returns the fields of the template in their order.
func (t *Template) Keys() []string {
	var keys []string
	for i := range t.parts {
		if t.parts[i].key != "" {
			keys = append(keys, t.parts[i].key)
		}
	}
	return keys
}

// NewTemplate returns an encoder that writes each row by the template. cols are the columns of its
// keys, in the same order.
func NewTemplate[T any](w io.Writer, t *Template, cols []Column[T]) *Encoder[T] {
	return newEncoder(w, &jsonLayout{lines: true}, func() form[T] {
		return (&templateRows[T]{parts: t.parts, cols: cols}).encode
	})
}

// templateRows encodes rows by a template.
type templateRows[T any] struct {
	parts      []part
	cols       []Column[T]
	raw, clean []byte
}

func (t *templateRows[T]) encode(dst []byte, row *T) []byte {
	next := 0
	for i := range t.parts {
		p := &t.parts[i]
		dst = append(dst, p.text...)
		if p.key == "" {
			continue
		}
		v := t.cols[next].Value(row)
		next++
		var width int
		t.clean, width = t.value(p, &v)
		dst = appendBlanks(dst, p.pad-width)
		dst = append(dst, t.clean...)
		dst = appendBlanks(dst, -p.pad-width)
	}
	return dst
}

// value returns one field in its format, and its width.
func (t *templateRows[T]) value(p *part, v *Value) (text []byte, width int) {
	t.raw = t.raw[:0]
	switch p.form {
	case formJSON:
		t.raw = v.AppendJSON(t.raw)
	case formHuman:
		t.raw = v.AppendHuman(t.raw)
	case formPlain, formCSV, formProm:
		t.raw = v.Append(t.raw)
	}
	if p.form == formProm {
		text = AppendProm(t.clean[:0], t.raw)
		return text, Width(text)
	}
	text, width = AppendClean(t.clean[:0], t.raw)
	if p.form == formCSV {
		t.raw = appendCSVField(t.raw[:0], text, v)
		text = append(text[:0], t.raw...)
		width = Width(text)
	}
	return text, width
}

// appendCSVField appends one field: numbers are not quoted, also negative ones.
func appendCSVField(dst, clean []byte, v *Value) []byte {
	if v.kind == KindString || v.kind == KindObjects {
		return appendCSV(dst, clean)
	}
	return append(dst, clean...)
}

func appendBlanks(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}
