package cli

import (
	"os/exec"
	"path/filepath"
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
	args := append([]string{"-Tlint", "-Wstyle"}, pages...)
	out, _ := exec.CommandContext(t.Context(), mandoc, args...).CombinedOutput() // its status is what it says
	for line := range strings.Lines(string(out)) {
		// Whether other pages are installed is the machine's affair.
		if !strings.Contains(line, "referenced manual not found") {
			t.Error(strings.TrimSpace(line))
		}
	}
}
