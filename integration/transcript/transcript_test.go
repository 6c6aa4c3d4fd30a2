package transcript

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/netstat"
	"github.com/nlstat/nlstat/internal/ss"
)

// wanted is how many command lines of each program there are at least.
var wanted = map[string]int{"ss": 400, "netstat": 200}

// TestTranscripts runs every command line of every set and compares the bytes with the reference's.
func TestTranscripts(t *testing.T) {
	if binaryBigEndian() {
		t.Skip("the recordings were made on little-endian machines")
	}
	for _, name := range []string{"COLUMNS", "POSIXLY_CORRECT"} {
		if value, ok := os.LookupEnv(name); ok {
			t.Setenv(name, value) // is put back in the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	paths, err := filepath.Glob("testdata/*.txt*")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for _, path := range paths {
		s, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		lines[s.Program] += len(s.Cases)
		t.Run(filepath.Base(path), func(t *testing.T) { replay(t, s) })
	}
	for program, n := range wanted {
		if lines[program] < n {
			t.Errorf("%d command lines of %s, want %d", lines[program], program, n)
		}
	}
}

func replay(t *testing.T, s *Set) {
	t.Helper()
	dir := t.TempDir()
	in, err := ReadInput("testdata/inputs", s.Input)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	left := 0
	for i := range s.Cases {
		c := &s.Cases[i]
		if strings.Contains(c.Answer.Stdout, " cgroup:") && !controlGroups() {
			left++
			continue
		}
		if diff := cmp.Diff(shown(c.Answer), shown(ours(t, s, dir, c.Line))); diff != "" {
			t.Errorf("%s %s: differs (-reference +ours):\n%s", s.Program, c.Line, diff)
		}
	}
	if left > 0 {
		t.Run("control groups", func(t *testing.T) {
			t.Skipf("no cgroup2 file system is mounted here: %d command lines of ss were not compared", left)
		})
	}
}

// controlGroups reports whether names of control groups can be looked up: ss does so below the cgroup2 file
// system of the machine, also for sockets of a dump.
var controlGroups = sync.OnceValue(func() bool {
	mounts, err := os.ReadFile("/proc/mounts")
	return err == nil && bytes.Contains(mounts, []byte(" cgroup2 "))
})

// ours runs our program within this process.
func ours(t *testing.T, s *Set, dir, line string) Answer {
	t.Helper()
	own, args := Words(strings.ReplaceAll(line, "$DIR", dir))
	var undo []string
	for _, v := range s.environment(dir, own) {
		name, value, _ := strings.Cut(v, "=")
		undo = append(undo, name)
		if err := os.Setenv(name, value); err != nil { //nolint:usetesting // taken back after this command
			t.Fatal(err)
		}
	}
	args = append([]string{s.Program}, args...)
	var stdout, stderr bytes.Buffer
	var code int
	if s.Program == "ss" {
		code = ss.Main(args, strings.NewReader(""), &stdout, &stderr)
	} else {
		code = netstat.Over(filepath.Join(dir, "proc"), args, &stdout, &stderr)
	}
	for _, name := range undo {
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	return answer(dir, stdout.String(), stderr.String(), code)
}

// shown is an answer in lines, so that a failure shows those that differ.
func shown(a Answer) map[string]any {
	return map[string]any{
		"stdout": strings.SplitAfter(a.Stdout, "\n"), "stderr": strings.SplitAfter(a.Stderr, "\n"), "exit code": a.Code,
	}
}
