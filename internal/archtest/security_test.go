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
	testName   = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	declared   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	fencedCode = regexp.MustCompile("(?s)```.*?```")
)

// TestSecurityClaims checks that the tests which SECURITY.md names exist, and that each of its sections
// names some.
func TestSecurityClaims(t *testing.T) {
	exist := map[string]bool{}
	files(t, func(path string, text []byte) {
		if strings.HasSuffix(path, "_test.go") {
			for _, m := range declared.FindAllSubmatch(text, -1) {
				exist[string(m[1])] = true
			}
		}
	})
	text, err := os.ReadFile(filepath.Join(root(t), "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range strings.Split(fencedCode.ReplaceAllString(string(text), ""), "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		named := testName.FindAllStringSubmatch(section, -1)
		if len(named) == 0 && !strings.Contains(section, "`packaging/reproduce`") {
			t.Errorf("%s: no test proves it", title)
		}
		for _, m := range named {
			if !exist[m[1]] {
				t.Errorf("%s: there is no %s", title, m[1])
			}
		}
	}
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
