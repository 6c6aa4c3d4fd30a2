package render

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/race"
)

// TestFormula checks which texts get an apostrophe in CSV.
func TestFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=cmd|calc": `"'=cmd|calc"`, "+1+1": `"'+1+1"`, "-1+1": `"'-1+1"`, "@SUM(1)": `"'@SUM(1)"`, "=": `"'="`,
		"=1,2": `"'=1,2"`, "＝1": `"'＝1"`, "－x": `"'－x"`, "--help": `"'--help"`, "+": `"'+"`, "-.": `"'-."`,
		"-5": "-5", "+3.5": "+3.5", "-": "-", "1+1": "1+1", "a=b": "a=b", "'=x": "'=x", "a;=1": `"a;=1"`, "a; +b": `"a; +b"`, "a;b": "a;b", "a;-5": "a;-5", "": "",
		"-1.2.3": `"'-1.2.3"`, "\t=1": `\t=1`, "\r=1": `\r=1`, " =1": `"' =1"`, "  @x": `"'  @x"`, " -5": `" -5"`, " x=1": `" x=1"`, " ": `" "`,
	} {
		clean, _ := AppendClean(nil, []byte(text))
		if got := string(appendCSV(nil, clean)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	cols := []Column[int64]{
		{Key: "n", Kind: KindSigned, Value: func(n *int64) Value { return Int(*n) }},
		{Key: "t", Kind: KindString, Value: func(*int64) Value { return Text([]byte("=1")) }},
	}
	n := int64(-5)
	var out strings.Builder
	e := New(&out, cols, Options{Format: FormatCSV})
	if err := e.Row(&n); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil || out.String() != "n,t\n-5,\"'=1\"\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestInvisible checks that invisible characters are escaped.
func TestInvisible(t *testing.T) {
	for _, list := range [][2]rune{
		{0x80, 0xa0},
		{0xad, 0xad},
		{0x34f, 0x34f},
		{0x115f, 0x1160},
		{0x180b, 0x180f},
		{0x2000, 0x200f},
		{0x2028, 0x202f},
		{0x205f, 0x206f},
		{0x2800, 0x2800},
		{0x3000, 0x3000},
		{0x3164, 0x3164},
		{0xe000, 0xf8ff},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},
		{0xffa0, 0xffa0},
		{0xfff9, 0xfffc},
		{0x1d173, 0x1d17a},
		{0xe0001, 0xe01ef},
		{0x10ffff, 0x10ffff},
	} {
		for r := list[0]; r <= list[1]; r++ {
			got, width := AppendClean(nil, []byte(string(r)))
			if len(got) < 4 || got[0] != '\\' || width != len(got) {
				t.Errorf("%U is shown as %q in %d cells", r, got, width)
			}
			if text := AppendJSONString(nil, string(r)); bytes.ContainsRune(text, r) {
				t.Errorf("%U stays in JSON %q", r, text)
			}
		}
	}
	for _, r := range "aé→日本語한글ñЖ—“”…€😀אב" {
		if got, _ := AppendClean(nil, []byte(string(r))); string(got) != string(r) {
			t.Errorf("%U is shown as %q", r, got)
		}
	}
	for r := rune(0x21); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp, unicode.Cc, unicode.Cf, unicode.Co, unicode.Other_Default_Ignorable_Code_Point) &&
			r != 0x7f && !invisible(r) {
			t.Errorf("%U is not escaped", r)
		}
	}
}

func TestAppendLine(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain\n", "ended\n": "ended\n", "": "\n",
		"x\nnlstat: 3 sockets were closed": "x\\nnlstat: 3 sockets were closed\n",
		`x\nnlstat`:                        `x\nnlstat` + "\n",
		"x\rnlstat\x1b[2K":                 `x\rnlstat\x1b[2K` + "\n",
		"x\u2028nlstat\u0085":              `x\u2028nlstat\u0085` + "\n",
	} {
		if got := string(AppendLine(nil, []byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte("x\nnlstat: forged"))
	f.Fuzz(func(t *testing.T, s []byte) {
		got := AppendLine([]byte("nlstat: "), s)
		if bytes.Count(got, []byte{'\n'}) != 1 || bytes.ContainsAny(got, "\r\x1b\v\f") || !utf8.Valid(got) {
			t.Fatalf("%q is written as %q", s, got)
		}
	})
}

func FuzzProm(f *testing.F) {
	f.Add([]byte("a\\b\"c\nd\xff"))
	f.Fuzz(func(t *testing.T, s []byte) {
		// Between quotes the result is also valid JSON, which has the same escapes \\ and \".
		quoted := append(AppendProm([]byte{'"'}, s), '"')
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil {
			t.Fatalf("%q is written as %s: %v", s, quoted, err)
		}
		if want, _ := AppendClean(nil, s); got != string(want) {
			t.Fatalf("%q comes back as %q, want %q", s, got, want)
		}
	})
}

func TestCutName(t *testing.T) {
	for _, c := range []struct {
		text string
		room int
		want string
	}{
		{"longservicename/4711", 12, "longse…/4711"},
		{"longservicename/4711+2", 12, "long…/4711+2"},
		{"nginx/8,worker/9", 10, "nginx…/9  "}, // /8 might be a part of /81
		{"nginx/8,worker/9", 13, "nginx/8,wo…/9"},
		{"kworker/0:1-events/77", 14, "kworker/0:…/77"},
		{"a/1,bbbbbbbbbbb/666", 9, "a/1,…/666"},
		{"日本語テキスト/12", 9, "日本…/12 "},
		{"name/123456", 4, "nam…"},
		{"(not readable)", 8, "(not re…"},
	} {
		_, width := AppendClean(nil, []byte(c.text))
		if got := string(appendCut(nil, []byte(c.text), width, c.room, CutName)); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.room, got, c.want)
		}
	}
}

// TestNumbersStay checks narrow tables: numbers are complete at any width, and columns that are left
// out are counted.
func TestNumbersStay(t *testing.T) {
	type process struct {
		text string
		n    int64
	}
	cols := []Column[process]{
		{
			Key: "process", Title: "PROCESS", Kind: KindString, Fit: Fit{Min: 4, Cut: CutName},
			Value: func(p *process) Value { return Name(p.text) },
		},
		{Key: "n", Title: "N", Kind: KindSigned, Fit: Fit{Min: 2}, Value: func(p *process) Value { return Int(p.n) }},
		{Key: "user", Title: "USER", Kind: KindString, Fit: Fit{Drop: 1}, Value: func(*process) Value { return Name("somebody") }},
	}
	rows := []process{{"longservicename/4711", 123456789}, {"other/1234567+12", -1}, {"third", 7}}
	for width := 1; width < 50; width++ {
		var out strings.Builder
		e := New(&out, cols, Options{Width: width})
		for i := range rows {
			if err := e.Row(&rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		gone := strings.Join(e.LeftOut(), " ")
		for whole, of := range map[string]string{
			"/4711": "process", "/1234567+12": "process", "123456789": "n", "somebody": "user",
		} {
			if strings.Contains(out.String(), whole) == strings.Contains(gone, of) {
				t.Errorf("width %d: %s in\n%s, but left out are %q", width, whole, &out, gone)
			}
		}
	}
}

// TestNamedTwice checks that no object has a key twice.
func TestNamedTwice(t *testing.T) {
	all := flowColumns()
	name, queue := all[Find(all, "name")], all[Find(all, "queue")]
	var out strings.Builder
	e := New(&out, []Column[flow]{name, queue, name}, Options{Format: FormatJSONL})
	if err := e.Row(&flow{name: "a", queue: 1}); err != nil {
		t.Fatal(err)
	}
	by := []Column[flow]{name, name}
	totals := []Total[flow]{{queue, AggregateSum}, {queue, AggregateMax}, {queue, AggregateSum}}
	g := GroupBy(New(&out, GroupColumns(by, totals), Options{Format: FormatJSONL}), by, totals)
	if err := g.Row(&flow{name: "a", queue: 2}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"name":"a","queue":1}` + "\n" + `{"name":"a","count":1,"sum_queue":2,"max_queue":2}` + "\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestTemplateAllocs checks that templates allocate nothing.
func TestTemplateAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	form, err := ParseTemplate(`{{name|prom}} {{name|csv}} {{name|json}} {{name|9}}`)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("=a\x1b\"日本\u3164")
	name := Column[flow]{Key: "name", Kind: KindString, Value: func(*flow) Value { return Text(text) }}
	e := NewTemplate(io.Discard, form, []Column[flow]{name, name, name, name})
	var row flow
	once := func() {
		if err := e.Row(&row); err != nil {
			t.Fatal(err)
		}
	}
	once()
	if n := testing.AllocsPerRun(1000, once); n != 0 {
		t.Errorf("%v allocations a row, want 0", n)
	}
}
