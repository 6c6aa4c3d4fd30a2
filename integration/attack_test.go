//go:build integration

package integration

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// The attacks of a user without rights on administrators that run these programs, or on programs with more
// rights than their callers. Each file attack_*_test.go has one class.

// attacker is the user who has no rights.
const attacker = 65534

// attackTime is the maximum time of a command that does not block.
const attackTime = 30 * time.Second

// An elevation is a way in which a program has more rights than its caller.
type elevation struct {
	name    string
	env     []string // of the program that gives the rights
	asRoot  bool
	ambient []uintptr
	prepare func(program string) error
}

var elevations = []elevation{
	{name: "file capabilities", prepare: fileCapabilities},
	{name: "ambient capabilities", ambient: []uintptr{unix.CAP_SYS_PTRACE, unix.CAP_DAC_READ_SEARCH, unix.CAP_DAC_OVERRIDE}},
	{name: "set-user-ID", prepare: func(program string) error { return os.Chmod(program, 0o755|os.ModeSetuid) }},
	{
		name: "sudo", asRoot: true,
		env: []string{"SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody", "SUDO_COMMAND=/usr/bin/nlstat"},
	},
	{name: "pkexec", asRoot: true, env: []string{"PKEXEC_UID=65534"}},
}

// fileCapabilities is setcap cap_sys_ptrace,cap_dac_read_search,cap_dac_override+ep.
func fileCapabilities(program string) error {
	var x [20]byte // struct vfs_cap_data, revision 2
	binary.LittleEndian.PutUint32(x[0:], 0x02000000|1)
	binary.LittleEndian.PutUint32(x[4:], 1<<unix.CAP_SYS_PTRACE|1<<unix.CAP_DAC_READ_SEARCH|1<<unix.CAP_DAC_OVERRIDE)
	return unix.Setxattr(program, "security.capability", x[:], 0)
}

// openDir returns a folder that every user can reach.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	harness.Reachable(t, dir)
	return dir
}

// elevated returns how to run a copy of a program with the rights of e.
func (e *elevation) elevated(t *testing.T, name string) harness.Command {
	t.Helper()
	var from string
	if name == "cat" { // a program that does nothing about it
		from = harness.Tool(t, name)
	} else {
		from = harness.Program(t, name)
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(openDir(t), name)
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	if e.prepare != nil {
		if err := e.prepare(program); err != nil {
			t.Skipf("%s: not here: %v", e.name, err)
		}
	}
	c := harness.Command{Path: program, Name: name, Ambient: e.ambient, Limit: attackTime}
	if !e.asRoot {
		c.UID = attacker
	}
	return c
}

// with returns the command with a command line.
func with(c harness.Command, env []string, words ...string) *harness.Command {
	c.Args, c.Env = words, append(append([]string(nil), c.Env...), env...)
	return &c
}

// atWork checks that a run shows the listener on a port, so that the program really ran.
func atWork(t *testing.T, what string, r *harness.Result, port int) {
	t.Helper()
	if r.Code != 0 || !bytes.Contains(r.Stdout, fmt.Appendf(nil, ":%d", port)) {
		t.Errorf("%s: exit code %d, want 0 and port %d: %s%s", what, r.Code, port, r.Stdout, r.Stderr)
	}
}

// sane checks the output of any run: no trace, and on standard error only lines of its own, without control
// sequences.
func sane(t *testing.T, what string, r *harness.Result) {
	t.Helper()
	for _, word := range []string{"goroutine ", "panic:", "fatal error:", "runtime error"} {
		if bytes.Contains(r.Stderr, []byte(word)) || bytes.Contains(r.Stdout, []byte(word)) {
			t.Errorf("%s: a trace: %s%s", what, r.Stdout, r.Stderr)
		}
	}
	if fault := visible(r.Stderr); fault != "" {
		t.Errorf("%s: standard error has %s: %q", what, fault, r.Stderr)
	}
}

// visible returns the first control sequence or invisible character of a text, "" if there is none.
func visible(text []byte) string {
	if !utf8.Valid(text) {
		return "invalid UTF-8"
	}
	for _, r := range string(text) {
		switch {
		case r == '\n':
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return fmt.Sprintf("U+%04X", r)
		case strings.ContainsRune("\u115f\u1160\u2800\u3164\uffa0", r):
			return fmt.Sprintf("U+%04X, which nobody sees", r)
		}
	}
	return ""
}
