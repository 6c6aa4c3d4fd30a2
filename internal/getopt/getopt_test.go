package getopt

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table holds equivalent rows, rows that differ, an exact name that begins another
// one, and all three kinds of arguments.
var table = []Long{
	{Name: "inet", Arg: None, Value: 1},
	{Name: "inet6", Arg: None, Value: 1},
	{Name: "interfaces", Arg: None, Value: 'i'},
	{Name: "protocol", Arg: Required, Value: 'A'},
	{Name: "programs", Arg: None, Value: 'p'},
	{Name: "unix", Arg: None, Value: 1},
	{Name: "udp", Arg: None, Value: 'u'},
	{Name: "udplite", Arg: None, Value: 'U'},
	{Name: "unix", Arg: None, Value: 'x'},
	{Name: "filter", Arg: Optional, Value: 'F'},
	{Name: "tcp", Arg: None, Value: 't'},
	{Name: "programmer", Value: 'P', Exact: true},
}

const letters = "A:f::tupiI"

// run returns one word per option ("value=arg" or "value"), then "|" and the
// operands, then the error's text.
func run(t testing.TB, short string, args ...string) []string {
	t.Helper()
	p := New("prog", args, short, table)
	var got []string
	for p.Next() {
		o := p.Option()
		word := string(rune(o.Value))
		if o.Value < ' ' {
			word = "1"
		}
		if o.HasArg {
			word += "=" + o.Arg
		}
		if o.Index >= 0 && table[o.Index].Value != o.Value {
			t.Errorf("row %d does not hold value %d", o.Index, o.Value)
		}
		got = append(got, word)
	}
	if p.Next() {
		t.Error("Next is true after the end")
	}
	got = append(append(got, "|"), p.Operands()...)
	if p.Err() != nil {
		return append(got[:slices.Index(got, "|")], p.Err().Error())
	}
	return got
}

func TestParser(t *testing.T) {
	tests := []struct {
		name  string
		short string
		args  string // separated by blanks
		want  string // separated by semicolons
	}{
		{"nothing", letters, "", "|"},
		{"bundle", letters, "-tu -p", "t;u;p;|"},
		{"repeated", letters, "-tt", "t;t;|"},
		{"argument in the bundle", letters, "-tAinet", "t;A=inet;|"},
		{"argument in the next word", letters, "-tA inet", "t;A=inet;|"},
		{"equal sign belongs to the argument", letters, "-A=inet", "A==inet;|"},
		{"an option as argument", letters, "-A -t", "A=-t;|"},
		{"two dashes as argument", letters, "-A -- -t", "A=--;t;|"},
		{"optional argument attached", letters, "-fx", "f=x;|"},
		{"optional argument is never the next word", letters, "-f x", "f;|;x"},
		{"missing argument", letters, "-tA", "t;prog: option requires an argument -- 'A'"},
		{"invalid letter", letters, "-tzu", "t;prog: invalid option -- 'z'"},
		{"colon", letters, "-:", "prog: invalid option -- ':'"},
		{"semicolon", letters + ";", "-;", "prog: invalid option -- ';'"},
		{"dash in a bundle", letters, "-t-", "t;prog: invalid option -- '-'"},
		{"invalid byte", letters, "-\xc3\xa4", "prog: invalid option -- '\xc3'"},
		{"permutation", letters, "5 -t x -u", "t;u;|;5;x"},
		{"lone dash", letters, "- -t", "t;|;-"},
		{"two dashes", letters, "a -t -- -u b", "t;|;a;-u;b"},
		{"plus stops at the operand", "+" + letters, "-t 5 -u", "t;|;5;-u"},
		{"long", letters, "--tcp --protocol=inet --protocol inet6", "t;A=inet;A=inet6;|"},
		{"empty argument", letters, "--protocol= --filter=", "A=;F=;|"},
		{"optional long", letters, "--filter x --filter=y", "F;F=y;|;x"},
		{"exact name of an abbreviation", letters, "--udp --inet", "u;1;|"},
		{"unique abbreviation", letters, "--prot=x --int", "A=x;i;|"},
		{"equivalent rows", letters, "--ine", "1;|"},
		{"exact names only", letters, "--programmer --prog", "P;p;|"},
		{"ambiguous", letters, "--u", "prog: option '--u' is ambiguous; possibilities:" +
			" '--unix' '--udp' '--udplite' '--unix'"},
		{"ambiguous against the first only", letters, "--in", "prog: option '--in' is ambiguous;" +
			" possibilities: '--inet' '--interfaces'"},
		{"ambiguous same name", letters, "--un=x", "prog: option '--un=x' is ambiguous; possibilities:" +
			" '--unix' '--unix'"},
		{"exact twin", letters, "--unix", "1;|"},
		{"unrecognized", letters, "--foo=bar", "prog: unrecognized option '--foo=bar'"},
		{"three dashes", letters, "---tcp", "prog: unrecognized option '---tcp'"},
		{"unwanted argument", letters, "--tc=5", "prog: option '--tcp' doesn't allow an argument"},
		{"unwanted empty argument", letters, "--tcp=", "prog: option '--tcp' doesn't allow an argument"},
		{"long without argument", letters, "--prot", "prog: option '--protocol' requires an argument"},
		{"first mistake ends", letters, "-t --foo -z", "t;prog: unrecognized option '--foo'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(run(t, tt.short, strings.Fields(tt.args)...), ";")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("New(%q) (-want +got):\n%s", tt.args, diff)
			}
		})
	}
}

func TestPosixlyCorrect(t *testing.T) {
	t.Setenv("POSIXLY_CORRECT", "")
	want := []string{"t", "|", "5", "-u"}
	if diff := cmp.Diff(want, run(t, letters, "-t", "5", "-u")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptyWordIsAnOperand(t *testing.T) {
	want := []string{"t", "|", ""}
	if diff := cmp.Diff(want, run(t, letters, "", "-t")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorIsTyped(t *testing.T) {
	p := New("prog", []string{"--un"}, letters, table)
	if p.Next() {
		t.Fatal("Next is true")
	}
	var e *Error
	if !errors.As(p.Err(), &e) || e.Kind != AmbiguousOption || len(e.Candidates) != 2 {
		t.Errorf("Err() = %#v", p.Err())
	}
}

// FuzzParser checks that every word is consumed once: as option, argument or operand.
func FuzzParser(f *testing.F) {
	f.Add("-tu\x00--prot\x00x\x00--\x00-t")
	f.Add("--u")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		p := New("prog", args, letters, table)
		options := 0
		for p.Next() {
			options++
		}
		if p.Err() != nil {
			return
		}
		if options > len(line) || len(p.Operands()) > len(args) {
			t.Errorf("%d options, %d operands from %q", options, len(p.Operands()), args)
		}
		for _, o := range p.Operands() {
			if !slices.Contains(args, o) {
				t.Errorf("operand %q is none of %q", o, args)
			}
		}
	})
}
