//go:build integration

package integration

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// lists are the command lines that faults are tried on.
var lists = []string{
	"ss -tuan", "ss -tanpi", "netstat -tuan", "netstat -tanp", "netstat -s", "nlstat", "nlstat --json", "nlstat --csv",
}

// shell runs one of our command lines under bash, with a redirection.
func shell(t *testing.T, ns *harness.NS, line, redirect string) harness.Result {
	t.Helper()
	program, args, _ := strings.Cut(line, " ")
	script := harness.Program(t, program) + " " + args + " " + redirect
	return ns.With(t).Exec(&harness.Command{Path: harness.Tool(t, "bash"), Args: []string{"-c", script}})
}

// TestFullDisk checks that a list that could not be written is an error.
func TestFullDisk(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	once := []string{
		"nlstat --help", "nlstat help filter", "nlstat completion bash", "nlstat --watch=20ms --times 2 --jsonl",
		"nlstat events --every 20ms --for 1s --jsonl", "nlstat routes --all --watch=20ms --times 2 --jsonl",
	}
	for _, line := range append(once, lists...) {
		t.Run(line, func(t *testing.T) {
			whole := shell(t, ns, line, "")
			if whole.Code != 0 && whole.Code != withoutRights || bytes.Count(whole.Stdout, newline) < 3 {
				t.Errorf("with a reader: exit code %d, %d lines", whole.Code, bytes.Count(whole.Stdout, newline))
			}
			r := shell(t, ns, line, ">/dev/full")
			said := bytes.Count(r.Stderr, []byte("no space left on device"))
			if r.Code == 0 || bytes.Count(r.Stderr, newline) != 1 || said != 1 {
				t.Errorf("exit code %d and stderr %q, want a failure and one line that says so once", r.Code, r.Stderr)
			}
		})
	}
}

// A loss is a command line without something, and how it must end.
type loss struct {
	box   harness.Sandbox
	line  string
	code  int
	rows  rows
	wants string // in its one or two lines on stderr, "" = silence
}

// rows says which rows must remain.
type rows int

const (
	same  rows = iota // to the byte
	every             // as many as ever: some cells may be less
	most              // all but those that /proc does not list
	none              // but headers
)

const (
	noSocket  = "open netlink socket: operation not permitted"
	noProcess = "is it mounted?"
	noOwners  = "could not inspect"
)

// losses are the documented results without rights, files and system calls.
var losses = []loss{
	{harness.NoNetlink, "ss -Htan", 0, most, "Cannot open netlink socket: Operation not permitted"},
	{harness.NoNetlink, "netstat -tan", 0, same, ""},
	{harness.NoNetlink, "netstat -i", 0, same, ""},
	{harness.NoNetlink, "netstat -rn", 0, same, ""},
	{harness.NoNetlink, "nlstat -H", 2, none, noSocket},
	{harness.NoNetlink, "nlstat --json", 2, none, noSocket},
	{harness.NoNetlink, "nlstat links", 2, none, noSocket},
	{harness.NoProc, "ss -Htan", 0, same, ""},
	{harness.NoProc, "netstat -tan", 0, same, ""},
	{harness.NoProc, "netstat -s", 0, none, "cannot open /proc/net/snmp: No such file or directory"},
	{harness.NoProc, "nlstat -H", 0, every, noProcess},
	{harness.NoProc, "nlstat --csv", 0, every, noProcess},
	{harness.NoProc, "nlstat -H -c local,state", 0, same, ""},
	{harness.NoBPF, "ss -Htanp", 0, same, ""},
	{harness.NoBPF, "netstat -tanp", 0, same, ""},
	{harness.NoBPF, "nlstat -H", 0, same, ""},
	{harness.NoRights, "ss -Htan", 0, same, ""},
	{harness.NoRights, "ss -Htanp", 0, every, ""},
	{harness.NoRights, "netstat -tan", 0, same, ""},
	{harness.NoRights, "netstat -tanp", 0, every, "but you should be root"},
	{harness.NoRights, "nlstat -H", 0, every, noOwners},
	{harness.NoRights, "nlstat --jsonl=local_addr,local_port", 0, same, ""},
}

// TestWithout removes something and checks rows, messages and exit code.
func TestWithout(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	for _, l := range losses {
		t.Run(string(l.box)+" "+l.line, func(t *testing.T) {
			fields := strings.Fields(l.line)
			command := harness.Command{Path: harness.Program(t, fields[0]), Args: fields[1:]}
			boxed := command
			boxed.Boxes = []harness.Sandbox{l.box}
			var whole, got harness.Result
			for range 5 { // counters of the namespace go on
				whole, got = ns.With(t).Exec(&command), ns.With(t).Exec(&boxed)
				if l.rows != same || bytes.Equal(whole.Stdout, got.Stdout) {
					break
				}
			}
			if whole.Code != 0 && whole.Code != withoutRights || bytes.Count(whole.Stdout, newline) < 3 {
				t.Fatalf("with everything: exit code %d, %d lines: %s", whole.Code, bytes.Count(whole.Stdout, newline), whole.Stderr)
			}
			l.check(t, &whole, got)
		})
	}
}

var newline = []byte("\n")

func (l *loss) check(t *testing.T, whole *harness.Result, got harness.Result) {
	t.Helper()
	want, n := bytes.Count(whole.Stdout, newline), bytes.Count(got.Stdout, newline)
	ok := false
	switch l.rows {
	case same:
		ok = bytes.Equal(got.Stdout, whole.Stdout)
	case every:
		ok = n == want
	case most:
		ok = n < want && n >= want*9/10
	case none:
		ok = n <= 2
	}
	if !ok {
		t.Errorf("%d lines of %d, or not the same:\n%s", n, want, got.Stdout)
	}
	if got.Code != l.code {
		t.Errorf("exit code %d, want %d", got.Code, l.code)
	}
	said := string(got.Stderr)
	if (l.wants == "") != (said == "") || !strings.Contains(said, l.wants) || strings.Count(said, "\n") > 2 {
		t.Errorf("stderr %q, want %q in two lines at most", said, l.wants)
	}
}
