//go:build integration

package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// nameMax is the longest name of a file.
const nameMax = 255

// namespacePort is the port of the listener in the first namespace, the next one is in the second.
const namespacePort = 7900

// hostileNamespaceNames are names that ip netns takes: any file name. A number behind each keeps them apart from
// those that the host has.
var hostileNamespaceNames = []string{
	"\x1b[31mx", "\x1b]0;title\a", "new\nline", "x\nnlstat: 3 sockets were closed", "a\rb", "\u202ey", "\u2066z\u2069", "\u3164", "\u2800", "zero\u200bwidth",
	"\U000e0041tag", "=1", "@x", "-2+3", "+1", "bad\xff", "tab\tx", "\u009b31m", "-c", "..", "...", " blank ", "$(>pwned)", "'\"`", `"},{"netns":"forged`,
	`a",=1+1,"b`, `";forged="`, "{{x}}", "%s%n", "a,b", "self ", "net:[4026531840] ", strings.Repeat("n", nameMax),
}

// A namespaceOfName is one of a hostile name, with a listener of a port that no other has.
type namespaceOfName struct {
	name string
	port int
}

// hostileNamespaces makes a namespace for each of the names, and returns to the one of the test.
func hostileNamespaces(t *testing.T, ns *harness.NS) (made []namespaceOfName) {
	t.Helper()
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range hostileNamespaceNames {
		end := fmt.Sprint("attack", i)
		name = name[:min(len(name), nameMax-len(end))] + end
		other := harness.New(t)
		other.Listen(fmt.Sprintf("127.0.0.1:%d", namespacePort+i))
		path := "/run/netns/" + name // filepath.Join takes .. away
		err := errors.Join(os.WriteFile(path, nil, 0o600), unix.Mount(fmt.Sprint("/proc/self/fd/", other.FD()), path, "", unix.MS_BIND, ""))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		t.Cleanup(func() { _, _ = unix.Unmount(path, unix.MNT_DETACH), os.Remove(path) }) // as they were
		made = append(made, namespaceOfName{name, namespacePort + i})
	}
	if err := unix.Setns(ns.FD(), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	return made
}

// A namespaceCommand shows names of namespaces, or looks into one.
type namespaceCommand struct {
	line  string
	flags string // -A, -N, or none for a file that has all
	all   bool   // with -A it has rows of each
}

var namespaceCommands = []namespaceCommand{
	{"-a", "-A -N", true},
	{"listen", "-A -N", true},
	{"listen -c +netns", "-A -N", true},
	{"-g netns -l", "-A -N", true},
	{"-g netns,process -l", "-A -N", true},
	{"links", "-A -N", true},
	{"addresses", "-A -N", true},
	{"routes -a", "-A -N", true},
	{"neighbors", "-A -N", false},
	{"rules", "-A -N", true},
	{"groups", "-A -N", true},
	{"stats -a", "-A -N", true},
	{"limits", "-A -N", true},
	{"nat", "-A -N", false},
	{"summary", "-A -N", false},
	{"kill listening", "-A -N", true},
	{"wait listen", "-A -N", true},
	{"--replay REC -l", "-A -N", true},
	{"diff REC REC", "", false},
	{"diff REC", "", false},
	{"-w=10ms --times 2 -l", "-A -N", true},
	{"links -w=10ms --times 2", "-A -N", true},
	{"events --for 20ms", "-A -N", false},
	{"events links --for 20ms", "-A -N", false},
	{"doctor --for 100ms", "-A -N", false},
	{"why :7900", "-N", false},
	{"show listen", "-A -N", true},
}

// TestAttackNamespaces lists all namespaces by every command in every format, and looks into each by its name: each
// is called by its name, and that does nothing to a terminal, a spreadsheet, a parser or a message.
func TestAttackNamespaces(t *testing.T) {
	ns := harness.New(t)
	made := hostileNamespaces(t, ns)
	recording := filepath.Join(t.TempDir(), "recording")
	if r := ns.Run("nlstat", "record", "-A", recording); r.Code != 0 && r.Code != 3 {
		t.Fatalf("record: exit code %d: %s", r.Code, r.Stderr)
	}
	formats := []string{"", "--width=80", "--width=20", "--json", "--jsonl", "--csv"}
	for k := range namespaceCommands {
		c := &namespaceCommands[k]
		line := strings.Fields(strings.ReplaceAll(c.line, "REC", recording))
		for i, format := range formats {
			if strings.HasPrefix(c.line, "show") && i > 0 {
				continue // it has pages alone
			}
			if !strings.Contains(c.flags, "-N") || strings.Contains(c.flags, "-A") {
				out, written := tryNamespace(t, ns, append(line, strings.Fields(c.flags)[:min(1, len(c.flags))]...), format)
				for j := range made {
					if end := fmt.Sprint("attack", j); c.all && written && !strings.HasPrefix(format, "--width") && !strings.Contains(out, end) {
						t.Errorf("nlstat %s -A %s does not show %q", c.line, format, made[j].name)
					}
				}
			}
			for j := range made {
				if strings.Contains(c.flags, "-N") && (i+j)%len(namespaceCommands) == k {
					tryNamespace(t, ns, append(line, "-N", made[j].name), format)
				}
			}
		}
	}
	checkNamespaceNames(t, ns, made)
}

// tryNamespace runs a command and checks and returns what it writes, and whether it can in that format.
func tryNamespace(t *testing.T, ns *harness.NS, line []string, format string) (out string, written bool) {
	t.Helper()
	if format != "" {
		line = append(line, format)
	}
	what := fmt.Sprintf("nlstat %q", line)
	r := ns.Run("nlstat", line...)
	sane(t, what, &r)
	ill := r.Code == 1 && line[0] == "doctor"                                                 // something else on this machine
	if r.Code != 0 && r.Code != 3 && !ill && !strings.Contains(string(r.Stderr), "--jsonl") { // no array of events
		t.Errorf("%s: exit code %d: %s", what, r.Code, r.Stderr)
	}
	if fault := visible(r.Stdout); fault != "" {
		t.Errorf("%s: output has %s", what, fault)
	}
	for row := range strings.Lines(string(r.Stderr) + string(r.Stdout)) {
		if strings.HasPrefix(row, "nlstat: 3 sockets") {
			t.Errorf("%s: a forged line: %s%s", what, r.Stdout, r.Stderr)
		}
	}
	checkFormula(t, what, format, r.Stdout)
	return string(r.Stdout), r.Code == 0 || r.Code == 3
}

// checkNamespaceNames checks that names are told as they are, that each leads to its namespace, and that programs
// which read templates get them whole.
func checkNamespaceNames(t *testing.T, ns *harness.NS, made []namespaceOfName) {
	t.Helper()
	var rows []struct {
		Netns string `json:"netns"`
		Port  int    `json:"local_port"`
	}
	r := ns.Run("nlstat", "-A", "listen", "--json=netns,local_port")
	if err := json.Unmarshal(r.Stdout, &rows); err != nil {
		t.Fatal(err)
	}
	told := map[int]string{}
	for _, row := range rows {
		told[row.Port] = row.Netns
	}
	templates := ns.Run("nlstat", "-A", "listen", "--template", "{{netns|json}} {{local_port}}")
	for _, n := range made {
		want := strings.ToValidUTF8(n.name, "\ufffd")
		if got := told[n.port]; got != want {
			t.Errorf("namespace %q is called %q", n.name, got)
		}
		row, err := json.Marshal(want)
		var line string
		for s := range strings.Lines(string(templates.Stdout)) {
			if strings.HasSuffix(s, fmt.Sprintf(" %d\n", n.port)) {
				line = s
			}
		}
		var got string
		if text, _, ok := strings.Cut(line, fmt.Sprintf(" %d\n", n.port)); err != nil || !ok || json.Unmarshal([]byte(text), &got) != nil || got != want {
			t.Errorf("{{netns|json}} of %q: %q, want as %s", n.name, line, row)
		}
		r := ns.Run("nlstat", "-N", n.name, "listen", "-H", "-c", "local")
		if got := strings.TrimSpace(string(r.Stdout)); got != fmt.Sprint("127.0.0.1:", n.port) {
			t.Errorf("-N %q: exit code %d, %q, %s", n.name, r.Code, got, r.Stderr)
		}
	}
}
