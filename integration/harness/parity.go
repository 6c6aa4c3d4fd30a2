package harness

import (
	"bytes"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

var newline = []byte("\n")

// rounds is the maximum number of comparisons while the reference's runs differ.
const rounds = 8

// A Compare runs one of our compatible programs and its reference with the same arguments.
type Compare struct {
	Program string // "ss" or "netstat"
	Args    []string
	Env     []string // KEY=value
	Stdin   []byte
	UID     int    // see Command
	Proc    string // see Command

	Terminal int       // see Command
	Boxes    []Sandbox // see Command
	// Pause is the time between runs, for data that the kernel frees with a delay.
	Pause time.Duration
	// Normalize removes what differs from run to run; nil = nothing. It is applied to stdout and to stderr of
	// all runs.
	Normalize func([]byte) []byte
}

// Parity compares one of our programs with its reference: standard output, standard error and exit code
// must be the same to the byte.
func Parity(ns *NS, program string, args ...string) {
	ns.t.Helper()
	(&Compare{Program: program, Args: args}).Run(ns)
}

// Run runs our program between two runs of the reference. If these differ (a timer, a closed socket) the
// round does not count and is repeated; if none counts, the test fails. It also fails if ours differs in
// two consecutive rounds, because the sockets may change and change back during one. It returns the result
// of ours, for further checks.
func (c *Compare) Run(ns *NS) Result {
	ns.t.Helper()
	program := Command{
		Name: c.Program, Args: c.Args, Env: c.Env, Stdin: c.Stdin, UID: c.UID, Proc: c.Proc, Terminal: c.Terminal,
		Boxes: c.Boxes,
	}
	reference := program
	program.Path = Program(ns.t, c.Program)
	reference.Path = Reference(ns.t, c.Program)
	j, err := judgeOf(ns.t, c.Program, reference.Path)
	if err != nil {
		ns.t.Fatal(err)
	}
	line := c.Program + " " + strings.Join(c.Args, " ")
	var before, got, after Result
	differed := false
	for range rounds {
		before = c.exec(ns, &reference)
		time.Sleep(c.Pause)
		got = c.exec(ns, &program)
		time.Sleep(c.Pause)
		after = c.exec(ns, &reference)
		want, mine := j.judge(before, got)
		if before.equal(after) && (differed || want.equal(mine)) {
			c.report(ns, line, want, mine)
			rowsLeftOut.Add(int64(bytes.Count(before.Stdout, newline) - bytes.Count(want.Stdout, newline)))
			return got
		}
		differed = before.equal(after)
		if want.equal(mine) {
			return got // the world changed after ours
		}
		if want, mine = j.judge(after, got); want.equal(mine) {
			return got // the world changed before ours
		}
	}
	ns.t.Errorf("%s: the reference never gave the same answer twice in %d rounds (-before +after):\n%s",
		line, rounds, cmp.Diff(string(before.Stdout), string(after.Stdout)))
	return got
}

func (c *Compare) exec(ns *NS, command *Command) Result {
	ns.t.Helper()
	r := ns.Exec(command)
	if c.Normalize != nil {
		r.Stdout, r.Stderr = c.Normalize(r.Stdout), c.Normalize(r.Stderr)
	}
	return r
}

func (c *Compare) report(ns *NS, line string, want, got Result) {
	ns.t.Helper()
	if !bytes.Equal(want.Stdout, got.Stdout) {
		ns.t.Errorf("%s: stdout differs (-reference +ours):\n%s", line, lines(want.Stdout, got.Stdout))
	}
	if !bytes.Equal(want.Stderr, got.Stderr) {
		ns.t.Errorf("%s: stderr differs (-reference +ours):\n%s", line, lines(want.Stderr, got.Stderr))
	}
	if want.Code != got.Code {
		ns.t.Errorf("%s: exit code %d, want %d", line, got.Code, want.Code)
	}
}

func (r Result) equal(o Result) bool {
	return r.Code == o.Code && bytes.Equal(r.Stdout, o.Stdout) && bytes.Equal(r.Stderr, o.Stderr)
}

// lines compares line by line, so that a failure shows the rows that differ.
func lines(want, got []byte) string {
	return cmp.Diff(strings.SplitAfter(string(want), "\n"), strings.SplitAfter(string(got), "\n"))
}
