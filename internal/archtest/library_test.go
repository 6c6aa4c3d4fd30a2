package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLibrary checks that README.md names every public package under what it is for.
func TestLibrary(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## As a library\n")
	section, _, _ = strings.Cut(section, "\n## ")
	packages := run(t, "go", "list", "./pkg/...")
	packages = append(packages, run(t, "go", "-C", "cmd/nlstat-exporter", "list", "./collector")...)
	packages = append(packages, run(t, "go", "-C", "compat/gopsutil", "list", "./...")...)
	for _, pkg := range packages {
		dir := strings.TrimPrefix(pkg, module)
		if !strings.Contains(section, "("+dir+")") {
			t.Errorf("README.md does not say what %s is for", dir)
		}
	}
	if len(packages) < 15 {
		t.Errorf("%d public packages: this test looks at something else", len(packages))
	}
}
