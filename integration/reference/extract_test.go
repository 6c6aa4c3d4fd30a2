package reference

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolder checks the order of the places.
func TestFolder(t *testing.T) {
	above := t.TempDir()
	top := filepath.Join(above, "clone")
	shared, cache := filepath.Join(above, "shared", "reference"), Cache(top)
	t.Setenv(environment, "")
	if got := Folder(top); got != "" {
		t.Errorf("with nothing: %q", got)
	}
	for _, dir := range []string{cache, shared} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := Folder(top); got != dir {
			t.Errorf("%q, want %q", got, dir)
		}
	}
	t.Setenv(environment, "/else")
	if got := Folder(top); got != "/else" {
		t.Errorf("%q, want that of the environment", got)
	}
}

// TestPath runs programs with different versions.
func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(environment, dir)
	for _, tt := range []struct{ script, want string }{
		{"echo ss utility, iproute2-7.3.0, libbpf 1.6", ""},
		{"echo iproute2-7.3.0 >&2; exit 5", ""},
		{"echo ss utility, iproute2-6.1.0", `"ss utility, iproute2-6.1.0"`},
		{"exit 1", "exit status 1"},
		{"", "exec format error"},
	} {
		text := "#!/bin/sh\n" + tt.script
		if tt.script == "" {
			text = "\x7fELF"
		}
		if err := os.WriteFile(filepath.Join(dir, "ss"), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		path, err := Path(t.Context(), "nowhere", "ss")
		switch {
		case tt.want == "" && (err != nil || path != filepath.Join(dir, "ss")):
			t.Errorf("%s: %q, %v", tt.script, path, err)
		case tt.want != "" && (!errors.Is(err, ErrNone) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %s", tt.script, err, tt.want)
		}
	}
	if _, err := Path(t.Context(), "nowhere", "netstat"); !errors.Is(err, ErrNone) {
		t.Errorf("a folder without netstat: %v", err)
	}
}

// TestExtract copies a program of this machine with its libraries and runs the copy.
func TestExtract(t *testing.T) {
	program, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Skipf("no shell: %v", err)
	}
	root := t.TempDir()
	gather(t, program, root)
	to := filepath.Join(t.TempDir(), "made")
	tl := tool{name: filepath.Base(program)}
	if err := tl.extract(root, to); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(to, tl.name), "-c", "echo $0 $1", "a b", "c").CombinedOutput()
	if string(out) != "a b c\n" {
		t.Errorf("%q, %v", out, err)
	}
	if err := os.Remove(filepath.Join(root, tl.name)); err != nil {
		t.Fatal(err)
	}
	if err := tl.extract(root, to); err == nil {
		t.Error("no error without the program")
	}
}

// gather copies a program, its loader and its libraries into a folder, as packages would bring them.
func gather(t *testing.T, program, root string) {
	t.Helper()
	interpreter, err := copyProgram(map[string]string{"sh": program}, "sh", t.TempDir())
	if err != nil {
		t.Skipf("a shell without libraries: %v", err)
	}
	if err := copyFile(program, filepath.Join(root, filepath.Base(program))); err != nil {
		t.Fatal(err)
	}
	queue := []string{filepath.Base(interpreter)}
	places, err := filepath.Glob("/usr/lib/*-linux-gnu*")
	if err != nil {
		t.Fatal(err)
	}
	places = append(places, "/lib64", "/lib", "/usr/lib64", "/usr/lib")
	for seen := map[string]bool{}; ; {
		needs, err := needed(program)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range needs {
			if !seen[name] {
				seen[name] = true
				queue = append(queue, name)
			}
		}
		if len(queue) == 0 {
			return
		}
		program = ""
		for _, dir := range places {
			if _, err := os.Stat(filepath.Join(dir, queue[0])); err == nil {
				program = filepath.Join(dir, queue[0])
				break
			}
		}
		if program == "" {
			t.Skipf("no %s in the usual places", queue[0])
		}
		if err := copyFile(program, filepath.Join(root, queue[0])); err != nil {
			t.Fatal(err)
		}
		queue = queue[1:]
	}
}
