package completions

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/getopt"
	"github.com/nlstat/nlstat/internal/netstat"
	"github.com/nlstat/nlstat/internal/ss"
)

// A document names the options of a program.
type document struct {
	file    string
	long    *regexp.Regexp
	letters *regexp.Regexp // nil = it offers whole words alone
	without []string       // options that it leaves out
}

var (
	dashes  = regexp.MustCompile(`--([a-z][a-z0-9-]+)`)
	letters = regexp.MustCompile(`(?:^|[^A-Za-z0-9-])-([A-Za-z0-9])\b`)
	fonts   = regexp.MustCompile(`\\f[BIR]`)
)

// families are options of netstat that -A replaces, and protocols that Linux has no tables of any more.
var families = []string{
	"appletalk", "ax25", "bluetooth", "ddp", "ip", "ipx", "l2cap", "netrom", "rfcomm", "rose", "tcpip", "x25", "2", "f",
}

// TestOptions compares the options of manual pages and completions with those that the parsers take: each is
// named, and no other.
func TestOptions(t *testing.T) {
	short, long := netstat.Options()
	// -d does nothing, and -? is an error with another text.
	check(t, short, long, append(slices.Clone(families), "d", "?"), []document{
		{file: "netstat.bash", long: dashes},
		{file: "_netstat", long: dashes, letters: letters},
		{file: "netstat.fish", long: regexp.MustCompile(` -l ([a-z0-9-]+)`), letters: regexp.MustCompile(` -s (\S)`)},
		{file: "../man/netstat.8", long: dashes, letters: letters, without: []string{"help", "version"}},
	})
	short, long = ss.Options()
	check(t, short, long, []string{"v"}, []document{ // the same as -V
		{file: "ss.bash", long: dashes},
		{file: "_ss", long: dashes, letters: letters},
		{file: "ss.fish", long: regexp.MustCompile(` -l ([a-z0-9-]+)`), letters: regexp.MustCompile(` -s (\S)`)},
		{file: "../man/ss.8", long: dashes, letters: letters},
	})
}

// check compares documents with the tables of a parser. hidden options may be left out everywhere.
func check(t *testing.T, short string, long []getopt.Long, hidden []string, documents []document) {
	t.Helper()
	taken := map[string]bool{}
	for _, letter := range strings.ReplaceAll(short, ":", "") {
		taken[string(letter)] = true
	}
	for i := range long {
		taken[long[i].Name] = true
	}
	for _, d := range documents {
		data, err := os.ReadFile(d.file)
		if err != nil {
			t.Fatal(err)
		}
		text := fonts.ReplaceAllString(strings.ReplaceAll(string(data), `\-`, "-"), " ")
		named := map[string]bool{}
		for _, pattern := range []*regexp.Regexp{d.long, d.letters} {
			if pattern == nil {
				continue
			}
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				named[m[1]] = true
			}
		}
		for name := range named {
			if !taken[name] && !noOption[fmt.Sprint(d.file, " ", name)] {
				t.Errorf("%s names %q, which is no option", d.file, name)
			}
		}
		for name := range taken {
			if len(name) == 1 && d.letters == nil || named[name] || slices.Contains(append(hidden, d.without...), name) {
				continue
			}
			t.Errorf("%s does not name %q", d.file, name)
		}
	}
}

// noOption are words that look like options, and are other things.
var noOption = map[string]bool{
	"netstat.fish families": true, // variables
	"ss.fish tables":        true,
	"ss.fish states":        true,
}
