package archtest

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var exampleFunc = regexp.MustCompile(`(?m)^func Example\w*\(\)`)

// TestExamples checks that each public package shows how it is used.
func TestExamples(t *testing.T) {
	shown := map[string]bool{}
	files(t, func(path string, text []byte) {
		dir, name := filepath.Split(path)
		if !strings.HasPrefix(path, "pkg/") || !strings.HasSuffix(name, ".go") {
			return
		}
		shown[dir] = shown[dir] || strings.HasSuffix(name, "_test.go") && exampleFunc.Match(text)
	})
	for dir, ok := range shown {
		if !ok {
			t.Errorf("%s has no example", dir)
		}
	}
	if len(shown) < 15 {
		t.Errorf("%d packages: this test looks at something else", len(shown))
	}
}
