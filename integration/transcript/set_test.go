package transcript

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func binaryBigEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) != 1 }

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		line      string
		env, args []string
	}{
		{"", nil, nil},
		{"-t -n", nil, []string{"-t", "-n"}},
		{"COLUMNS=80 PROC_NET_TCP=x -t", []string{"COLUMNS=80", "PROC_NET_TCP=x"}, []string{"-t"}},
		{"-t A=b", nil, []string{"-t", "A=b"}},
		{"--a=b C=d", nil, []string{"--a=b", "C=d"}},
		{"-t 'sport = 22' ''", nil, []string{"-t", "sport = 22", ""}},
		{"=x", nil, []string{"=x"}},
	} {
		env, args := Words(tt.line)
		if !slices.Equal(env, tt.env) || !slices.Equal(args, tt.args) {
			t.Errorf("%q: %q and %q, want %q and %q", tt.line, env, args, tt.env, tt.args)
		}
	}
}

// TestSet writes answers of every shape and reads them back, from plain and from compressed files.
func TestSet(t *testing.T) {
	want := &Set{Program: "ss", Input: "zoo", Cases: []Case{
		{"-t", Answer{"a\nb\n", "", 0}},
		{"-u", Answer{"a\nb\n", "", 0}},
		{"-w", Answer{"no newline", "err\n\n", 3}},
		{"-x", Answer{}},
		{"-y", Answer{"\\begins\nso\\\n\\", "!\n>\n$ x\n", 255}},
	}}
	for _, name := range []string{"set.txt", "set.txt.gz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestSetErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "no program is named",
		"program ss\n>x\n":           "line 2: an answer without a command line",
		"program ss\n$ -t\n= -u\n":   `line 3: no answer before this one to " -u"`,
		"program ss\n$ -t\n? many\n": `line 3: strconv.Atoi: parsing "many": invalid syntax`,
		"program ss\n$ -t\nwhat\n":   `line 3: what is "what"?`,
	} {
		if _, err := Parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("program ss\ninput zoo\n\n$ -t\n>a\n!b\n? 3\n\n$ -u\n= -t\n"))
	f.Add([]byte("program ss\n$ -t\n>\\a\n>\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.Append(nil))
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, s.Append(nil))
		}
		if diff := cmp.Diff(s, again); diff != "" && len(s.Cases) == len(again.Cases) {
			t.Errorf("-first +again:\n%s", diff)
		}
	})
}

func TestInput(t *testing.T) {
	want := &Input{
		Files: map[string]string{"net/tcp": "header\n row\n", "net/ax25/": "", "net/empty": ""},
		Links: map[string]string{"4242/fd/3": "socket:[77]"},
		Dump:  []byte{1, 2, 3},
	}
	dir := t.TempDir()
	if err := want.Write(dir, "in"); err != nil {
		t.Fatal(err)
	}
	got, err := ReadInput(dir, "in")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := got.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := parseInput("stray\n"); err == nil {
		t.Error("text outside of a file is taken")
	}
}
