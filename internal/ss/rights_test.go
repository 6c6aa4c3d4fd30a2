package ss

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asNobody makes the process one that sudo has started for a user, and returns a folder that he can see.
func asNobody(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: others have no more rights than their caller")
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // it is closed to others
		t.Fatal(err)
	}
	t.Setenv("SUDO_UID", "65534")
	t.Setenv("SUDO_GID", "65534")
	t.Setenv("SUDO_COMMAND", "/usr/bin/nlstat ss")
	return dir
}

func file(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCallersFiles checks that files are opened with the rights of whoever called, and what is said of them.
func TestCallersFiles(t *testing.T) {
	dir := asNobody(t)
	secret := file(t, filepath.Join(dir, "secret"), "dst SECRET", 0o600)
	for _, c := range []struct{ line, env, want string }{
		{"-F " + secret, "", "fopen filter file: Permission denied\n"},
		{"-t -D " + dir + "/new", "", "fopen dump file: Permission denied\n"},
		{"-t -D " + secret, "", "fopen dump file: Permission denied\n"},
		{"-t", secret, "fopen($TCPDIAG_FILE): Permission denied\n"},
	} {
		if c.env != "" {
			t.Setenv("TCPDIAG_FILE", c.env)
		}
		if _, _, stderr := run(c.line); stderr != c.want {
			t.Errorf("ss %s: %q, want %q", c.line, stderr, c.want)
		}
	}
	if text, err := os.ReadFile(secret); string(text) != "dst SECRET" {
		t.Errorf("the file is now %q, %v", text, err)
	}
}

// TestNoQuotes checks that no word of a file comes back where the process has more rights than its caller.
func TestNoQuotes(t *testing.T) {
	dir := asNobody(t)
	for i, text := range []string{"dst SECRET", "dst 1.2.3.4:SECRET", "cgroup SECRET", "fwmark SECRET", "dev SECRET", "SECRET"} {
		path := file(t, filepath.Join(dir, string(rune('a'+i))), text, 0o644)
		code, stdout, stderr := run("-F " + path)
		if code == 0 || strings.Contains(stdout+stderr, "SECRET") {
			t.Errorf("%q: code %d, %s", text, code, stdout+stderr)
		}
	}
	t.Setenv("SUDO_UID", "")
	path := file(t, filepath.Join(dir, "plain"), "dst 1.2.3.4:WORD", 0o644)
	if _, _, stderr := run("-F " + path); !strings.Contains(stderr, `"WORD"`) {
		t.Errorf("without more rights: %q", stderr)
	}
}
