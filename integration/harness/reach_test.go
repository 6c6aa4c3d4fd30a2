package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestEverybody lets a script run another one beside it, out of a folder that is closed.
func TestEverybody(t *testing.T) {
	umask := unix.Umask(0o022) // as Main has it
	defer unix.Umask(umask)
	home, work := t.TempDir(), t.TempDir()
	t.Setenv(workEnv, work)
	tools := filepath.Join(home, "tools")
	if err := os.MkdirAll(filepath.Join(tools, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"outer": "#!/bin/sh\nexec \"$(dirname \"$0\")/bin/inner\"\n", "bin/inner": "#!/bin/sh\necho inner\n",
	} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(tools, "outer")
	if at := closedAt(program); at != program {
		t.Errorf("closed at %q, want the script itself, which only its owner may run", at)
	}
	for range 2 { // the second finds the copy of the first
		copied, err := everybody(program, tools, "test")
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(work, "test", "tools", "outer"); copied != want {
			t.Fatalf("%q, want %q", copied, want)
		}
		out, err := exec.CommandContext(t.Context(), copied).CombinedOutput()
		if string(out) != "inner\n" || err != nil {
			t.Errorf("%q, %v", out, err)
		}
		if info, err := os.Stat(copied); err != nil || info.Mode().Perm()&0o005 != 0o005 {
			t.Errorf("%v, %v: others may not run the copy", info.Mode(), err)
		}
	}
	if got, err := everybody("/bin/sh", "/bin/sh", "test"); got != "/bin/sh" || err != nil {
		t.Errorf("%q, %v: everybody runs /bin/sh where it is", got, err)
	}
	if at := closedAt(home); at != home {
		t.Errorf("a home is closed at %q", at)
	}
}
