//go:build integration

package integration

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// hostileNames are names that sockets and processes may really have.
var hostileNames = []string{
	"\x1b[2J\x1b[31mred", "new\nline", "tab\tand\rreturn", "quo\"te'and,comma;semi", "bad\xff\xfeutf8", "\x00inner\x00nul",
	"\u202egnp.exe", "back\\slash", "</script>", "=1+1", " lead and trail ", "\x7f\x9b31m",
}

// hostile makes unix sockets with hostile names, and a process of such a name that holds one.
func hostile(t *testing.T, ns *harness.NS) {
	t.Helper()
	for i, name := range hostileNames {
		s := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err := unix.Bind(s.FD, &unix.SockaddrUnix{Name: fmt.Sprintf("@%d%s", i, name)}); err != nil {
			t.Fatal(err)
		}
		if err := unix.Listen(s.FD, 1); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for i, name := range hostileNames {
		path := fmt.Sprintf("%s/%d%s", dir, i, strings.NewReplacer("\x00", "", "/", "").Replace(name))
		if err := os.Link("/bin/sleep", path); err != nil {
			text, err := os.ReadFile("/bin/sleep")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		holder := ns.UDP("127.0.0.1:0")
		file := os.NewFile(uintptr(holder.FD), "socket")
		holder.FD = -1
		cmd := exec.CommandContext(t.Context(), path, "60")
		cmd.ExtraFiles = []*os.File{file}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = file.Close() // the process has its own
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
		})
	}
}

// TestHostileNames checks that no name breaks a format or is printed unescaped.
func TestHostileNames(t *testing.T) {
	ns := harness.New(t)
	hostile(t, ns)
	for _, line := range []string{
		"nlstat -x -a", "nlstat -a", "nlstat --csv -a -x", "nlstat -a -x --jsonl",
		"nlstat -a -x --json",
	} {
		t.Run(line, func(t *testing.T) {
			r := ns.With(t).Run("nlstat", strings.Fields(line)[1:]...)
			if r.Code != 0 {
				t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
			}
			if !utf8.Valid(r.Stdout) {
				t.Error("output is not UTF-8")
			}
			for _, c := range r.Stdout {
				if c < ' ' && c != '\n' || c == 0x7f {
					t.Errorf("output has a raw %#x", c)
					break
				}
			}
			if bytes.Contains(r.Stdout, []byte("\u202e")) {
				t.Error("output has a raw right-to-left override")
			}
			checkFormat(t, line, r.Stdout)
		})
	}
}

func checkFormat(t *testing.T, line string, out []byte) {
	t.Helper()
	var rows int
	switch {
	case strings.Contains(line, "--csv"):
		records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil {
			t.Error(err)
		}
		rows = len(records) - 1
	case strings.Contains(line, "--jsonl"):
		for row := range bytes.Lines(out) {
			if !json.Valid(row) {
				t.Errorf("not JSON: %s", row)
			}
			rows++
		}
	case strings.Contains(line, "--json"):
		var all []json.RawMessage
		if err := json.Unmarshal(out, &all); err != nil {
			t.Error(err)
		}
		rows = len(all)
	default:
		rows = bytes.Count(out, []byte("\n")) - 1
	}
	if rows < len(hostileNames) {
		t.Errorf("%d rows, want %d at least", rows, len(hostileNames))
	}
}

// TestHostileParity prints such names unescaped, as the references do, except for netstat's names of
// programs, which only our netstat escapes.
func TestHostileParity(t *testing.T) {
	ns := harness.New(t)
	hostile(t, ns)
	for _, line := range []string{"ss -xa", "ss -uanp", "netstat -xan"} {
		t.Run(line, func(t *testing.T) {
			program, args, _ := strings.Cut(line, " ")
			harness.Parity(ns.With(t), program, args)
		})
	}
}
