package query

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/render"
)

// A thing is the row type of the tests.
type thing struct {
	name  string
	procs []string
	local netip.AddrPort
	queue uint64
	rtt   time.Duration
	state string
	flag  bool
}

func things() *view.Table[thing] {
	one := func(f func(*thing) render.Value) func(*thing, []render.Value) []render.Value {
		return func(t *thing, dst []render.Value) []render.Value { return append(dst, f(t)) }
	}
	return &view.Table[thing]{
		Name: "things",
		Columns: []render.Column[thing]{
			{Key: "name", Kind: render.KindString, Value: func(t *thing) render.Value { return render.Name(t.name) }},
			{Key: "queue", Kind: render.KindByteSize, Needs: 1, Value: func(t *thing) render.Value { return render.Bytes(t.queue) }},
			{Key: "rtt", Kind: render.KindDuration, Needs: 2, Value: func(t *thing) render.Value {
				if t.rtt == 0 {
					return render.Value{}
				}
				return render.Dur(t.rtt)
			}},
			{Key: "flag", Kind: render.KindBoolean, Value: func(t *thing) render.Value { return render.Bool(t.flag) }},
		},
		Fields: []view.Field[thing]{
			{
				Name: "port", Aliases: []string{"sport"}, Kind: render.KindUnsigned,
				Number: func(n string) (uint64, bool) { return 22, n == "ssh" },
				Values: one(func(t *thing) render.Value { return render.Uint(uint64(t.local.Port())) }),
			},
			{
				Name: "local", Aliases: []string{"src"}, Kind: render.KindEndpoint,
				Values: one(func(t *thing) render.Value { return render.AddrPort(t.local) }),
			},
			{
				Name: "process", Aliases: []string{"proc"}, Kind: render.KindString,
				Values: func(t *thing, dst []render.Value) []render.Value {
					for _, p := range t.procs {
						dst = append(dst, render.Name(p))
					}
					return dst
				},
			},
			{
				Name: "state", Kind: render.KindString,
				Words: func() map[string][]string {
					return map[string][]string{"listening": {"LISTEN"}, "open": {"LISTEN", "ESTAB"}, "established": {"ESTAB"}}
				},
				Values: one(func(t *thing) render.Value { return render.Name(t.state) }),
			},
		},
		Words: func() map[string]view.Guess {
			return map[string]view.Guess{"listening": {Field: "state", Values: []string{"LISTEN"}}}
		},
		Guess: func(word string) (view.Guess, bool) {
			if p, ok := strings.CutPrefix(word, ":"); ok {
				return view.Guess{Field: "port", Values: []string{p}}, true
			}
			return view.Guess{Field: "process", Values: []string{word}, Loose: true}, true
		},
	}
}

var rows = []thing{
	{name: "a", procs: []string{"nginx"}, local: netip.MustParseAddrPort("10.0.0.1:80"), queue: 100, state: "LISTEN"},
	{name: "b", procs: []string{"sshd", "Bash"}, local: netip.MustParseAddrPort("192.168.0.1:22"), queue: 70000, rtt: 60 * time.Millisecond, state: "ESTAB"},
	{name: "c d", local: netip.MustParseAddrPort("[2001:db8::1]:443"), rtt: 5 * time.Millisecond, state: "CLOSE", flag: true},
	{name: "/x(y)", local: netip.MustParseAddrPort("[::ffff:10.1.2.3]:8080"), queue: 1 << 20, state: "ESTAB"},
}

func TestValuesSpelledOnce(t *testing.T) {
	got := spelledOnce([]string{"timewait", "time_wait", "unix_stream", "time-wait", "estab"})
	if want := []string{"estab", "time-wait", "unix_stream"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestMatch writes down for each filter which of the rows above it matches, by their first letters.
func TestMatch(t *testing.T) {
	table := things()
	for _, tt := range []struct{ filter, want string }{
		{"", "abc/"},
		{"name=a", "a"},
		{"name = A", "a"},
		{"name!=a", "bc/"},
		{`name="c d"`, "c"},
		{"name='/x(y)'", "/"},
		{`name=~^[ab]$`, "ab"},
		{`name =~ (a|b) and port=80`, "a"},
		{`(name=~(a|b))`, "ab"},
		{`name!~"^[ab]$"`, "c/"},
		{"name=?", "ab"},
		{"name=*y*", "/"},
		{"name>b", "c"},
		{"queue>64k", "b/"},
		{"queue>=1M", "/"},
		{"queue<1K and not name=c*", "a"},
		{"queue=100", "a"},
		{"queue in (0,100)", "ac"},
		{"queue 50-200", "a"},
		{"queue gt 64KiB", "b/"},
		{"rtt>50ms", "b"},
		{"rtt<=60ms", "bc"},
		{"rtt!=60ms", "ac/"},
		{"not rtt>0", "a/"},
		{"port=80", "a"},
		{"port in (80,443)", "ac"},
		{"port in 80,443", "ac"},
		{"port not in (80,443)", "b/"},
		{"port = (80 443)", "ac"},
		{"port=22-80", "ab"},
		{"sport = :ssh", "b"},
		{"sport ssh", "b"},
		{"sport gt :100 or name=a", "ac/"},
		{":80", "a"},
		{"local=10.0.0.0/8", "a/"},
		{"src 10/8", "a/"},
		{"src 10.0.0.1", "a"},
		{"src 10.0.0.1:81", ""},
		{"src :443", "c"},
		{"src [2001:db8::1]:443", "c"},
		{"src 2001:db8::/32", "c"},
		{"src *:22", "b"},
		{"local=10.0.0.0/8:8000-9000", "/"},
		{"state=open", "ab/"},
		{"state LISTEN", "a"},
		{"state=listening or state established", "ab/"},
		{"exclude listening", "bc/"},
		{"listening", "a"},
		{"not listening", "bc/"},
		{"! listening", "bc/"},
		{"!(listening)", "bc/"},
		{"flag", "c"},
		{"flag=no", "ab/"},
		{"not flag and listening", "a"},
		{"nginx", "a"},
		{"proc=bash", "b"},
		{"proc!=bash", "ac/"},
		{"proc=~^s", "b"},
		{"NGIN", "a"},
		{"listening nginx", "a"},
		{"listening | name=b", "ab"},
		{"listening || name=b && port=22", "ab"},
		{"(listening or name=b) & port=22", "b"},
		{"name=a or name=b and port=22", "ab"},
	} {
		tree, err := Parse(table, []string{tt.filter})
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		f, err := Compile(table, tree, tt.filter)
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		var got []byte
		for i := range rows {
			if f.Match(&rows[i]) {
				got = append(got, rows[i].name[0])
			}
		}
		if string(got) != tt.want {
			t.Errorf("%s matches %q, want %q (tree: %v)", tt.filter, got, tt.want, tree)
		}
	}
}

func TestErrors(t *testing.T) {
	table := things()
	for _, tt := range []struct {
		filter, msg, hint string
		pos               int
	}{
		{"naem=a", `unknown field "naem"`, `"name"`, 0},
		{"name=a and prot=22", `unknown field "prot"`, `"port"`, 11},
		{"name=", "expected a value", "", 4},
		{"(name=a", "unclosed parenthesis", "", 0},
		{"name=a)", `unexpected ")"`, "", 6},
		{"port in (80,", "expected a value before the end", "", 12},
		{"port in (80", "unclosed list", "", 8},
		{"name=a and", "expected a test at the end", "", 10},
		{"or name=a", "expected a field or word before", "", 0},
		{"'abc", "unterminated quote", "", 0},
		{"listning", "unknown word", `"listening" or process=listning`, 0},
		{"state=listning", "unknown state", `"listening"`, 6},
		{"rtt>50", "needs a unit", "", 4},
		{"queue>much", "is not a number", "", 6},
		{"port=x", "is neither a number nor a known name", "", 5},
		{"port=90-80", "empty range", "", 5},
		{"src 10.0.0.0/99", "not a prefix length", "", 4},
		{"src hello", "not an address", "", 4},
		{"src<10.0.0.1", "cannot be ordered", "", 4},
		{"flag=perhaps", "is not yes or no", "", 5},
		{"flag<yes", "cannot be ordered", "", 5},
		{"name=~(", "not a regular expression", "", 6},
		{"port", "needs a comparison, for example 'port>0'", "", 0},
		{strings.Repeat("(", 300), "more than 200 levels", "", 200},
	} {
		tree, err := Parse(table, []string{tt.filter})
		if err == nil {
			_, err = Compile(table, tree, tt.filter)
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want an *Error", tt.filter, err)
			continue
		}
		if !strings.Contains(e.Msg, tt.msg) || e.Hint != tt.hint || e.Pos != tt.pos {
			t.Errorf("%s: %q, hint %q at %d; want %q, %q at %d", tt.filter, e.Msg, e.Hint, e.Pos, tt.msg, tt.hint, tt.pos)
		}
	}
}

func TestCaret(t *testing.T) {
	_, err := Parse(things(), []string{"name=ä", "and", "prot=22"})
	want := "filter: unknown field \"prot\" of table things; did you mean \"port\"?\n  name=ä and prot=22\n             ^^^^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestNeeds(t *testing.T) {
	table := things()
	tree, err := Parse(table, []string{"queue>1 or rtt>1s"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Compile(table, tree, "")
	if err != nil || f.Needs != 3 {
		t.Errorf("needs %b, %v, want 11", f.Needs, err)
	}
}

func TestMatchAllocs(t *testing.T) {
	table := things()
	const src = "(nginx or proc=~^s or src 10/8 or state=open) and queue>64k and name!=x"
	tree, err := Parse(table, []string{src})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Compile(table, tree, src)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() {
		for i := range rows {
			f.Match(&rows[i])
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// FuzzParse checks that nothing panics, and that a filter written in full means the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"name=a and (port in (80,443) or not rtt>50ms)", "src 10/8:80-90", "listening nginx :80", `name=~"x y"`,
		"exclude open", "flag", "queue 1-2", "sport = :ssh", "proc=~a|(b)", "not listening state established",
		"exclude listening state=established flag", strings.Repeat("listening not (", 40) + "flag" + strings.Repeat(")", 40),
	} {
		f.Add(s)
	}
	table := things()
	f.Fuzz(func(t *testing.T, src string) {
		tree, err := Parse(table, []string{src})
		if err != nil || tree == nil {
			return
		}
		filter, err := Compile(table, tree, src)
		if err != nil {
			return
		}
		full := tree.String()
		if strings.Contains(full, "*=") || strings.ContainsAny(src, `"'`) {
			return // has no other form, or quotes within quotes
		}
		again, err := Parse(table, []string{full})
		if err != nil {
			t.Fatalf("%q is %q in full, which does not parse: %v", src, full, err)
		}
		second, err := Compile(table, again, full)
		if err != nil {
			t.Fatalf("%q is %q in full, which does not compile: %v", src, full, err)
		}
		for i := range rows {
			if filter.Match(&rows[i]) != second.Match(&rows[i]) {
				t.Fatalf("%q and %q do not mean the same for %+v", src, full, rows[i])
			}
		}
	})
}

func TestSuggest(t *testing.T) {
	words := []string{"listening", "established", "port", "process", "rtt"}
	for _, tt := range []struct{ word, want string }{
		{"listenning", "listening"},
		{"estabilshed", "established"},
		{"prot", "port"},
		{"nginx", ""},
		{"estab", "established"},
		{"xyz", ""},
		{"rt", "rtt"},
		{"proc", "process"},
	} {
		if got := Suggest(tt.word, words); got != tt.want {
			t.Errorf("Suggest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
	if !slices.Contains(words, "rtt") {
		t.Error("candidates were changed")
	}
}

// TestMappedPrefix checks that the length of a prefix of mapped addresses is counted as it is written.
func TestMappedPrefix(t *testing.T) {
	for text, want := range map[string]string{
		"::ffff:0:0/96": "0.0.0.0/0", "[::ffff:0:0]/96": "0.0.0.0/0", "::ffff:127.0.0.0/104": "127.0.0.0/8",
		"::ffff:127.0.0.1": "127.0.0.1/32", "::ffff:0:0/90": "::ffc0:0:0/90", "10.1/16": "10.1.0.0/16", "::/0": "::/0",
	} {
		pfx, _, ok := Endpoint(text, nil)
		if want == "::ffc0:0:0/90" {
			want = netip.MustParsePrefix("::ffff:0:0/90").Masked().String()
		}
		if !ok || pfx.String() != want {
			t.Errorf("%s is %v, want %s", text, pfx, want)
		}
	}
}

// TestComparedFields checks comparisons of two fields: absent values are compared with nothing.
func TestComparedFields(t *testing.T) {
	table := things()
	table.Columns = append(table.Columns, render.Column[thing]{
		Key: "limit", Kind: render.KindByteSize, Value: func(t *thing) render.Value {
			if t.name == "none" {
				return render.Value{}
			}
			return render.Bytes(100)
		},
	})
	for _, tt := range []struct {
		filter string
		queue  uint64
		name   string
		want   bool
	}{
		{"queue>=limit", 100, "", true},
		{"queue>limit", 100, "", false},
		{"queue<limit", 99, "", true},
		{"queue<=LIMIT", 101, "", false},
		{"queue=limit", 100, "", true},
		{"queue!=limit", 100, "", false},
		{"queue>=limit", 100, "none", false},
		{"not queue>=limit", 100, "none", true},
	} {
		n, err := Parse(table, []string{tt.filter})
		if err != nil {
			t.Fatal(err)
		}
		f, err := Compile(table, n, tt.filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(&thing{name: tt.name, queue: tt.queue}); got != tt.want {
			t.Errorf("%s with %d of %q: %v", tt.filter, tt.queue, tt.name, got)
		}
		if allocs := testing.AllocsPerRun(100, func() { f.Match(&thing{queue: tt.queue}) }); allocs > 1 {
			t.Errorf("%s takes %v allocations a row", tt.filter, allocs)
		}
	}
}
