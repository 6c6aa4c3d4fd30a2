package archtest

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName   = regexp.MustCompile("`((?:[a-z/-]+/)?(?:Test|Fuzz)[A-Za-z0-9_]+)`")
	declared   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	fencedCode = regexp.MustCompile("(?s)```.*?```")
	sentence   = regexp.MustCompile(`\. +([A-Z` + "`" + `])`)
)

// TestSecurityClaims checks that each statement of SECURITY.md names tests, or has a line of claims, and that what
// proves it exists: one test of that name, or with its folder before it.
func TestSecurityClaims(t *testing.T) {
	exist := map[string]int{}
	files(t, func(path string, text []byte) {
		exist[path] = 1
		if strings.HasSuffix(path, "_test.go") {
			for _, m := range declared.FindAllSubmatch(text, -1) {
				exist[string(m[1])]++
				exist[filepath.Dir(path)+"/"+string(m[1])]++
			}
		}
	})
	used := make([]bool, len(claims))
	for _, s := range statements(t) {
		var proofs []string
		for _, m := range testName.FindAllStringSubmatch(s, -1) {
			proofs = append(proofs, m[1])
		}
		for i, c := range claims {
			if strings.HasPrefix(s, c.begins) {
				used[i] = true
				proofs = append(proofs, strings.Fields(c.proof)...)
				if c.why != "" {
					proofs = append(proofs, "SECURITY.md") // nothing to prove
				}
			}
		}
		if len(proofs) == 0 {
			t.Errorf("no test proves: %s", s)
		}
		for _, p := range proofs {
			if n := exist[p]; n != 1 {
				t.Errorf("%d are called %s, which proves: %s", n, p, s)
			}
		}
	}
	for i, u := range used {
		if !u {
			t.Errorf("SECURITY.md no longer says: %s", claims[i].begins)
		}
	}
}

// statements returns the sentences of SECURITY.md, without tables and what is to be typed.
func statements(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	for paragraph := range strings.SplitSeq(fencedCode.ReplaceAllString(string(text), ""), "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if paragraph == "" || paragraph[0] == '#' || paragraph[0] == '|' {
			continue
		}
		paragraph = strings.Join(strings.Fields(paragraph), " ")
		list = append(list, strings.Split(sentence.ReplaceAllString(paragraph, ".\n$1"), "\n")...)
	}
	if len(list) < 40 {
		t.Fatalf("%d statements: this test looks at something else", len(list))
	}
	return list
}

// TestConfiners checks who confines itself: nlstat, when its files are open.
func TestConfiners(t *testing.T) {
	sources(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if selected(n) == "rights.Confine" && path != "cmd/nlstat/main.go" {
				t.Errorf("%s confines the program, which SECURITY.md does not say", path)
			}
			return true
		})
	})
}

// starters are those who may start a program.
var starters = []permit{
	{"internal/term/", "the pager"},
	{"internal/signals/limits.go", "a process that starts nothing, to see whether there may be one"},
	{"pkg/nltest/", "the tests that import it, once more in a user namespace"},
	{"internal/tools/", "not part of the programs"},
	{"integration/", "tests run the programs"},
}

// TestStarts walks the source for programs that are started.
func TestStarts(t *testing.T) {
	starts := map[string]bool{
		"exec.Command": true, "exec.CommandContext": true, "exec.Cmd": true, "os.StartProcess": true, "syscall.Exec": true,
		"unix.Exec": true, "syscall.ForkExec": true, "syscall.StartProcess": true,
	}
	sources(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if name := selected(n); starts[name] && permitted(starters, path) == nil {
				t.Errorf("%s uses %s: nothing but the pager is started", path, name)
			}
			return true
		})
	})
}
