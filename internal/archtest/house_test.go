package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/nlstat/nlstat/"

// root is the top of the repository: two folders above this package.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// run returns the lines that a command prints, run at the top of the repository.
func run(t *testing.T, name string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root(t)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// files calls f with every text file of the repository, by its path from the top. It asks git, and
// walks the tree where there is none (an unpacked archive).
func files(t *testing.T, f func(path string, text []byte)) {
	t.Helper()
	top := root(t)
	paths := list(t, top)
	if len(paths) < 100 {
		t.Fatalf("%d files in the repository: this test looks at something else", len(paths))
	}
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Join(top, path))
		if os.IsNotExist(err) {
			continue // removed, but not yet from the index
		}
		if err != nil {
			t.Fatal(err)
		}
		f(path, text)
	}
}

// sources calls f with the syntax of every Go file that is not a test.
func sources(t *testing.T, f func(path string, file *ast.File)) {
	t.Helper()
	files(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			return
		}
		f(path, file)
	})
}

// A permit is for files below a path, for a reason.
type permit struct{ path, why string }

// permitted returns the first permit for a file, nil if there is none.
func permitted(list []permit, path string) *permit {
	for i := range list {
		if strings.HasPrefix(path, list[i].path) {
			return &list[i]
		}
	}
	return nil
}

func list(t *testing.T, top string) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(top, ".git")); err == nil {
		return run(t, "git", "ls-files", "--cached", "--others", "--exclude-standard")
	}
	var paths []string
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".cache" || d.Name() == "bin" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(top, path)
			paths = append(paths, rel)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
