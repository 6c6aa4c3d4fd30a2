//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// block is a fenced block of shell commands. What follows the language says "norun: why", "needs FILE",
// "needs root", which is the machine's, or "exits N": each command ends with that status.
var block = regexp.MustCompile("(?ms)^ *```sh([^\n]*)\n(.*?)^ *```$")

// python is a fenced block of tests for pytest.
var python = regexp.MustCompile("(?ms)^```python\n(.*?)^```$")

// pythonTest matches the name of a test in such a block.
var pythonTest = regexp.MustCompile(`(?m)^def (test_\w+\(\)):`)

// withoutRights is the exit code of nlstat if even root may not read some processes, as in containers.
const withoutRights = 3

// TestDocs runs every command of the documents in a namespace full of sockets: each must succeed.
func TestDocs(t *testing.T) {
	top := repositoryTop(t)
	files, err := filepath.Glob(filepath.Join(top, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	ns := harness.New(t)
	ns.Zoo()
	path := "PATH=" + filepath.Dir(harness.Program(t, "nlstat")) + ":" + os.Getenv("PATH") + ":/usr/sbin:/sbin"
	files = slices.DeleteFunc(files, func(f string) bool { return filepath.Base(f) == "cookbook.md" }) // TestCookbook
	for _, file := range append(files, filepath.Join(top, "README.md"), filepath.Join(top, "SECURITY.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(text, -1) {
			t.Run(filepath.Base(file), func(t *testing.T) {
				runBlock(t, ns.With(t), path, strings.TrimSpace(string(m[1])), string(m[2]))
			})
		}
		for _, m := range python.FindAllSubmatch(text, -1) {
			t.Run(filepath.Base(file), func(t *testing.T) { runPython(t, ns.With(t), path, string(m[1])) })
		}
	}
}

func runBlock(t *testing.T, ns *harness.NS, path, info, script string) {
	t.Helper()
	if why, ok := strings.CutPrefix(info, "norun: "); ok {
		t.Skipf("not run: %s", why)
	}
	code := "0"
	if n, ok := strings.CutPrefix(info, "exits "); ok {
		code = n
	} else if info == "needs root" {
		harness.NeedsUsers(t)
	} else if file, ok := strings.CutPrefix(info, "needs "); ok {
		if _, err := os.Stat(file); err != nil {
			t.Skipf("not run here: %v", err)
		}
	}
	dir := t.TempDir()
	script = strings.ReplaceAll(script, "\\\n", " ")
	for line := range strings.Lines(script) {
		r := ns.Exec(&harness.Command{
			Path: harness.Tool(t, "bash"), Args: []string{"-c", "cd " + dir + "\n" + line}, Env: []string{path},
		})
		if fmt.Sprint(r.Code) != code && (code != "0" || r.Code != withoutRights) {
			t.Errorf("exit code %d: %s\nstdout:\n%s\nstderr:\n%s", r.Code, line, r.Stdout, r.Stderr)
		}
	}
}

// runPython calls the tests of a block as pytest would.
func runPython(t *testing.T, ns *harness.NS, path, script string) {
	t.Helper()
	calls := pythonTest.FindAllStringSubmatch(script, -1)
	if len(calls) == 0 {
		t.Error("no tests in the block")
	}
	for _, m := range calls {
		script += "\n" + m[1] + "\n"
	}
	r := ns.Exec(&harness.Command{Path: harness.Tool(t, "python3"), Args: []string{"-c", script}, Env: []string{path}})
	if r.Code != 0 {
		t.Errorf("exit code %d:\n%s", r.Code, r.Stderr)
	}
}

// repositoryTop is where the documents are. A guest of integration/kernels has none.
func repositoryTop(t *testing.T) string {
	t.Helper()
	top, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(top, "README.md")); err != nil {
		t.Skipf("no documents here: %v", err)
	}
	return top
}
