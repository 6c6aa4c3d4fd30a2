package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestManPages checks that mandoc has nothing to say of the manual pages.
func TestManPages(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skipf("no mandoc here (integration/setup installs it): %v", err)
	}
	dir := t.TempDir()
	if _, errs, code := runMain(t, "man", dir); code != exitOK {
		t.Fatal(errs)
	}
	var pages []string
	for _, pattern := range []string{dir + "/*.1", "../../man/*.8"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 2 {
			t.Fatalf("%s: %d pages, %v", pattern, len(found), err)
		}
		pages = append(pages, found...)
	}
	checkReferences(t, pages)
	args := append([]string{"-Tlint", "-Wstyle"}, pages...)
	out, _ := exec.CommandContext(t.Context(), mandoc, args...).CombinedOutput() // its status is what it says
	for line := range strings.Lines(string(out)) {
		// Whether other pages are installed is the machine's affair.
		if !strings.Contains(line, "referenced manual not found") {
			t.Error(strings.TrimSpace(line))
		}
	}
}

// reference is one of a page to another.
var reference = regexp.MustCompile(`(?m)^\.BR (\S+) \((\d)\)`)

// checkReferences checks that pages refer to pages of ours that exist, and to each of them from another one.
func checkReferences(t *testing.T, pages []string) {
	t.Helper()
	others := []string{"sock_diag.7", "tcp.7", "ip.8"}
	found := map[string]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
			name := strings.ReplaceAll(m[1], `\-`, "-") + "." + m[2]
			ours := slices.ContainsFunc(pages, func(p string) bool { return filepath.Base(p) == name })
			if !ours && !slices.Contains(others, name) {
				t.Errorf("%s refers to %s, which is no page", filepath.Base(page), name)
			}
			found[name] = true
		}
	}
	for _, page := range pages {
		if !found[filepath.Base(page)] {
			t.Errorf("no page refers to %s", filepath.Base(page))
		}
	}
}
