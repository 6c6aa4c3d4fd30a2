package harness

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// versions is what our compatible programs copy: how the reference answers when asked for its version.
var versions = map[string]struct{ option, answer string }{
	"ss":      {"-V", "iproute2-7.3.0"},
	"netstat": {"--version", "net-tools 2.10"},
}

// Reference returns the path of the program that ours must equal: from the folder NLSTAT_REFERENCE, else
// from ../shared/reference beside the repository, else from PATH. One of another version is no judge:
// then the test is skipped and says what was found.
func Reference(t testing.TB, name string) string {
	t.Helper()
	path := referencePath(t, name)
	v := versions[name]
	out, _ := exec.CommandContext(t.Context(), path, v.option).CombinedOutput() // netstat exits with 5 here
	if !bytes.Contains(out, []byte(v.answer)) {
		first, _, _ := bytes.Cut(out, []byte("\n"))
		t.Skipf("nothing to compare with: %s says %q, ours copies %q", path, first, v.answer)
	}
	return path
}

func referencePath(t testing.TB, name string) string {
	t.Helper()
	if dir := os.Getenv("NLSTAT_REFERENCE"); dir != "" {
		return filepath.Join(dir, name)
	}
	if root, err := repository(); err == nil {
		path := filepath.Join(root, "..", "shared", "reference", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return Tool(t, name)
}
