//go:build linux

package filter

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestParse checks how words group, and the family of a filter.
func TestParse(t *testing.T) {
	for _, tt := range []struct {
		words  string
		want   string
		family uint8
	}{
		{"", "", 0},
		{" \t ", "", 0},
		{"sport = 1 or sport = 2 and dport 3", "( src *:1 or src *:2 ) and dst *:3", 0},
		{"sport = 1 dport 3 || autobound", "( src *:1 and dst *:3 ) or autobound", 0},
		{"not sport = 1 dport 3", "not src *:1 and dst *:3", 0},
		{"! ( ( sport = 1 ) & ! ! dev lo )", "not ( src *:1 and not not dev 1 )", 0},
		{"sport gt 1 sport lt 5 dport geq 2 dport leq 3", "( ( not sport <= 1 and not sport >= 5 ) and dport >= 2 ) and dport <= 3", 0},
		{"dev != eth0 fwmark != 1/2 cgroup neq /a\\ b", "( not dev 2 and not fwmark 0x1/0x2 ) and not cgroup /a\\ b", 0},
		{"src 10.8/16:ssh", "src 10.8.0.0/16:22", 0},
		{"src inet:10.8", "src 10.8.0.0", unix.AF_INET},
		{"src 65558", "src 0.1.0.22", 0},
		{"src inet6:fe80::/10 dst 10/8", "", 0}, // fails: the prefix stays in force
		{"src unix:/a\\ b dst *", "src unix:/a\\ b and dst unix:*", unix.AF_UNIX},
		{"sport = 1 or src link:arp:lo", "src *:1 or src link:2054:1", unix.AF_PACKET},
		{"src netlink:genl:kernel", "src netlink:16:0", unix.AF_NETLINK},
		{"src vsock:2:4294967295", "src vsock:2", unix.AF_VSOCK},
		{"src two", "( src 10.0.0.1 or src [fe80::1] )", 0},
		{"sport = login", "src *:513", 0},
		{"sport = who", "src *:513", 0},
	} {
		f, err := Parse([]string{tt.words}, &Options{Loose: true, TCP: true, UDP: true, Names: someNames{}})
		if err != nil {
			if tt.want != "" {
				t.Errorf("%s: %v", tt.words, err)
			}
			continue
		}
		got := ""
		if f.Expr != nil {
			got = f.Expr.String()
		}
		if got != tt.want || f.Family != tt.family {
			t.Errorf("%s: %s, family %d; want %s, family %d", tt.words, got, f.Family, tt.want, tt.family)
		}
	}
}

// TestParseElsewhere reads addresses after a family without prefixes: only hosts are accepted.
func TestParseElsewhere(t *testing.T) {
	for _, family := range []uint8{unix.AF_XDP, unix.AF_TIPC} {
		for words, want := range map[string]string{
			"src 10.0.0.1": "src 10.0.0.1", "src 10.8": "src 10.0.0.8", "src *:5": "src *:5", "src any": "src *",
			"src 10.0.0.0/8": "", "src ::1/128": "", "src [::1]": "", "src 0x7f.1": "", "src 0/0": "",
		} {
			f, err := Parse([]string{words}, &Options{Family: family, Names: someNames{}})
			if err != nil && want != "" {
				t.Errorf("%s with family %d: %v", words, family, err)
			}
			if err == nil && f.Expr.String() != want {
				t.Errorf("%s with family %d: %s, want %q", words, family, f.Expr, want)
			}
		}
	}
}

// TestErrors checks that the first mistake is reported.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"("}, "filter ends where a condition is expected"},
		{[]string{"( )"}, `filter: word 2, ")", is not expected here`},
		{[]string{"and", "sport = 22"}, `filter: word 1, "and", is not expected here`},
		{[]string{"sport = 22 and and"}, `filter: word 5, "and", is not expected here`},
		{[]string{"sport = 22 )"}, `filter: word 4, ")", is not expected here`},
		{[]string{"src != 10/8"}, `filter: word 2, "!=", is not expected here`},
		{[]string{"dev > lo"}, `filter: word 2, ">", is not expected here`},
		{[]string{"sport"}, "filter ends where a condition is expected"},
		{[]string{"sport = = 22"}, `filter: word 3, "=", is not expected here`},
		{[]string{"sport=22"}, `filter: cannot read address "sport=22": "sport=22": no address, prefix or host name`},
		{[]string{"sport = 22 nosuch"}, `filter: cannot read port "nosuch": "nosuch": no port number or service`},
		{[]string{"src ::1"}, `filter: cannot read address "::1": ":": no address, prefix or host name`},
		{[]string{"src [::1"}, `filter: cannot read address "[::1"`},
		{[]string{"src inet:x:80"}, `filter: cannot read address "inet:x:80": "x": no address, prefix or host name`},
		{[]string{") nosuch"}, `filter: word 1, ")", is not expected here`},
		{[]string{"nosuch )"}, `filter: cannot read address "nosuch": "nosuch": no address, prefix or host name`},
		{[]string{"dev nosuch"}, `filter: cannot read device "nosuch"`},
		{[]string{"fwmark nosuch"}, `filter: cannot read mark "nosuch"`},
		{[]string{"cgroup nosuch"}, `filter: cannot read cgroup "nosuch": "nosuch": no such cgroup`},
		{[]string{"sport 1 state established"}, `filter: cannot read port "state": "state": no port number or service`},
		{[]string{"state est"}, `filter: unknown state "est"`},
		{[]string{strings.Repeat("! ", 20000) + "autobound"}, `filter: word 10001, "!", is not expected here`},
	} {
		_, err := Parse(tt.words, &Options{TCP: true, Names: someNames{}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%.50q: %v, want %s", tt.words, err, tt.want)
		}
	}
	if _, err := Parse([]string{"cgroup x"}, &Options{Names: someNames{}}); !errors.Is(err, errNoSuchGroup) {
		t.Errorf("%v does not wrap what the look-up said", err)
	}
}

// TestFile checks that a file continues the words.
func TestFile(t *testing.T) {
	long := strings.Repeat("x", 1022)
	for _, tt := range []struct {
		words, file string
		want        string
	}{
		{"", "sport = 1\nor\n# a comment\n0.0.0.0 is one too\n\n\tsport = 2", "src *:1 or src *:2"},
		{"src 0.0.0.0 or", "dport = 2\n", "src 0.0.0.0 or dst *:2"},
		{"", "#\n", ""},
		{"", "# " + long + "\nautobound", ErrLongLine.Error()},
		{"", "autobound\n" + strings.Repeat("x", 1<<20), ErrLongLine.Error()},
		{"", strings.Repeat(" ", 1021) + "\nautobound", "autobound"},
		{")", strings.Repeat("x", 1<<20), `filter: word 1, ")", is not expected here`},
	} {
		f, err := Parse([]string{tt.words}, &Options{File: strings.NewReader(tt.file), Names: someNames{}})
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case f.Expr != nil:
			got = f.Expr.String()
		}
		if got != tt.want {
			t.Errorf("%q with %.60q: %s, want %s", tt.words, tt.file, got, tt.want)
		}
	}
}

// FuzzParse parses arbitrary words; the result of String parses to the same, and can be planned.
func FuzzParse(f *testing.F) {
	for _, words := range []string{
		"sport = 22 or ( not dport >= 1024 and src 10/8:80 )", "src [fe80::/10]:*", "fwmark 1/3 dev lo autobound",
		"src unix:/a\\ b", "dst link:arp:1", "src netlink:16:-5 sport = netlink:kernel", "src vsock:2:-1", "src two", "! ! (", "sport gt 1",
	} {
		f.Add(words, "")
	}
	f.Add("sport", "= 22\n# x\n0\n")
	f.Add("src 1.1 sport netlink:kernel", "0") // without a prefix: inet only before other families
	f.Fuzz(func(t *testing.T, words, file string) {
		for _, loose := range []bool{true, false} {
			parsed(t, words, file, loose)
		}
	})
}

func parsed(t *testing.T, words, file string, loose bool) {
	t.Helper()
	o := Options{Loose: loose, TCP: true, Names: someNames{}, File: strings.NewReader(file)}
	first, err := Parse([]string{words}, &o)
	if err != nil || first.Expr == nil {
		return
	}
	for i := range plannedQueries {
		checkProgram(t, first.Expr, &plannedQueries[i])
	}
	for _, r := range rows {
		first.MatchRow(r)
	}
	text := first.Expr.String()
	if mixed(words+file, first.Expr) || len(text) > 10000 {
		return // the meaning of a value without a prefix depends on those before
	}
	again, err := Parse([]string{text}, &Options{Loose: loose, Names: someNames{}, Family: first.Family})
	if err != nil {
		t.Fatalf("%q was written as %q: %v", words, text, err)
	}
	if again.Expr.String() != text {
		t.Fatalf("%q was written as %q and then as %q", words, text, again.Expr)
	}
}

func checkProgram(t *testing.T, e Expr, q *diag.Query) {
	t.Helper()
	plan := (&Planner{Admin: true}).Plan(e, q)
	if b := plan.Query.Filter; len(b) > 0 && b.Verify() != nil {
		t.Fatalf("%v: %v", e, b.Verify())
	}
}

// mixed reports whether values of several families, with or without prefixes, may be in a filter, or a host
// with several addresses.
func mixed(words string, e Expr) bool {
	kinds := map[uint8]bool{}
	valueKinds(e, kinds)
	return strings.Contains(words, "inet") || strings.Contains(words, "two") || len(kinds) > 1
}

// valueKinds collects the families of the values in e; inet families and 0 count as one.
func valueKinds(e Expr, kinds map[uint8]bool) {
	switch e := e.(type) {
	case *And:
		valueKinds(e.Left, kinds)
		valueKinds(e.Right, kinds)
	case *Or:
		valueKinds(e.Left, kinds)
		valueKinds(e.Right, kinds)
	case *Not:
		valueKinds(e.X, kinds)
	case *Network:
		kinds[0] = true
	case *Host:
		if e.Family == unix.AF_INET || e.Family == unix.AF_INET6 {
			kinds[0] = true
		} else {
			kinds[e.Family] = true
		}
	}
}

func ExampleParse() {
	f, err := Parse([]string{"sport = 22 or dport = 22 and not src 10.0.0.0/8"}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(f.Expr)
	// Output: ( src *:22 or dst *:22 ) and not src 10.0.0.0/8
}
