package render

import (
	"bytes"
	"strings"
	"testing"
)

func byTemplate(t *testing.T, text string, rows []flow) (string, error) {
	t.Helper()
	tm, err := ParseTemplate(text)
	if err != nil {
		return "", err
	}
	all := flowColumns()
	var cols []Column[flow]
	for _, k := range tm.Keys() {
		i := Find(all, k)
		if i < 0 {
			return "", nil
		}
		cols = append(cols, all[i])
	}
	var b bytes.Buffer
	e := NewTemplate(&b, tm, cols)
	for i := range rows {
		if err := e.Row(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	err = e.Close()
	return b.String(), err
}

func TestTemplate(t *testing.T) {
	rows := flows()[:1]
	rows[0].name = "a\x1b,\"b"
	for _, tt := range []struct{ text, want, err string }{
		{"{{name}} {{local}}", "a\\x1b,\"b 10.0.0.1:80\n", ""},
		{`{{.queue}}\t{{ queue | human }}|{{rtt|human}}\n`, "1536\t1.5K|1.5ms\n", ""},
		{"{{name|json}};{{name|csv}}", "\"a\\u001b,\\\"b\";\"a\\x1b,\"\"b\"\n", ""},
		{"[{{queue|6}}][{{queue|-6}}][{{queue|2}}]", "[  1536][1536  ][1536]\n", ""},
		{`up{process="{{name|prom}}"} {{queue|prom}}`, "up{process=\"a\\\\x1b,\\\"b\"} 1536\n", ""},
		{"plain { \\{{ \\x", "plain { {{ \\x\n", ""},
		{"", "\n", ""},
		{"{{name", "", "not closed"},
		{"{{}}", "", "names no field"},
		{"{{name|loud}}", "", "neither a width nor"},
	} {
		tm, err := ParseTemplate(tt.text)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %q", tt.text, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		all := flowColumns()
		var cols []Column[flow]
		for _, k := range tm.Keys() {
			cols = append(cols, all[Find(all, k)])
		}
		var b bytes.Buffer
		e := NewTemplate(&b, tm, cols)
		if err := e.Row(&rows[0]); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil || b.String() != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.text, b.String(), err, tt.want)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("{{name}} {{queue|human|8}}\\n")
	f.Add("\\{{{name|json}}")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = byTemplate(t, text, flows()) // must not panic
	})
}
