//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nlstat/nlstat/integration/harness"
)

// labEnv tells the process in the lab's namespaces where the documents are.
const labEnv = "NLSTAT_TEST_LAB"

// labWidths are the terminals that the cookbook is tried on.
var labWidths = []int{80, 120, 200}

// TestCookbook runs the commands of docs/cookbook.md in the lab, and checks their output and the
// completions of shells.
func TestCookbook(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes namespaces")
	}
	harness.NeedsUsers(t)
	startScene(t, "TestCookbookInLab", labEnv+"="+repositoryTop(t))
}

// TestCookbookInLab is not a test: it is the main function of process 1 of the lab's namespaces.
func TestCookbookInLab(t *testing.T) {
	top := os.Getenv(labEnv)
	if top == "" {
		t.Skip("plays a part in TestCookbook")
	}
	tasks := cookbook(t, filepath.Join(top, "docs", "cookbook.md"))
	if len(tasks) != len(labTasks) {
		t.Fatalf("the cookbook has %d tasks, and %d are checked", len(tasks)-1, len(labTasks)-1)
	}
	l := newLab(t)
	for _, width := range labWidths {
		l.try(tasks, width)
	}
	l.completions()
}

// heading is that of a task.
var heading = regexp.MustCompile(`(?m)^## (\d+)\. `)

// cookbook returns the commands of each task, by its number.
func cookbook(t *testing.T, file string) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	starts := heading.FindAllSubmatchIndex(text, -1)
	tasks := make([][]string, 1, len(starts)+1)
	for i, at := range starts {
		if n := string(text[at[2]:at[3]]); n != fmt.Sprint(i+1) {
			t.Fatalf("task %d is numbered %s", i+1, n)
		}
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		var commands []string
		for _, m := range block.FindAllSubmatch(text[at[0]:end], -1) {
			commands = append(commands, strings.Split(strings.TrimSpace(string(m[2])), "\n")...)
		}
		tasks = append(tasks, commands)
	}
	return tasks
}

// try runs all tasks on a terminal.
func (l *lab) try(tasks [][]string, width int) {
	l.t.Helper()
	for n, steps := range labTasks {
		if len(steps) != len(tasks[n]) {
			l.t.Errorf("task %d has %d commands, and %d are checked", n, len(tasks[n]), len(steps))
			continue
		}
		for i, step := range steps {
			if step.nat && l.noNAT != "" {
				l.t.Run("nat", func(t *testing.T) { t.Skip(l.noNAT) })
				continue
			}
			if step.before != nil {
				step.before(l)
			}
			l.check(n, &step, tasks[n][i], width)
			if l.later != nil {
				l.later()
				l.later = nil
			}
		}
		l.closeTemporary()
	}
}

func (l *lab) closeTemporary() {
	for _, s := range l.opened {
		s.Close()
	}
	l.opened = nil
}

// escapes are what a terminal takes for itself, and moves those that go to another line.
var (
	escapes = regexp.MustCompile("\x1b(\\[[0-9;?]*[A-Za-z]|[=>78])")
	moves   = regexp.MustCompile("\x1b\\[[0-9;]*[HJ]")
)

// notOfLab are messages about data that is unknown in the lab: a namespace that another test on this host
// keeps by a socket alone, the process of a socket that was closed while processes were searched.
var notOfLab = regexp.MustCompile("namespaces that only sockets or descriptors keep|outside of this pid namespace")

// check runs a command of the cookbook.
func (l *lab) check(task int, step *labStep, command string, width int) {
	l.t.Helper()
	r := l.ns.Exec(&harness.Command{
		Path: harness.Tool(l.t, "bash"), Args: []string{"-c", "cd " + l.home + "; " + command}, Terminal: width,
		Env: []string{
			"PATH=" + l.bin + ":" + filepath.Dir(harness.Program(l.t, "nlstat")) + ":" + os.Getenv("PATH") + ":/usr/sbin:/sbin",
			"NLSTAT_CONFIG=", "NLSTAT_PAGER=", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "HOME=" + l.home,
		},
	})
	text := moves.ReplaceAllString(string(r.Stdout), "\n")
	text = escapes.ReplaceAllString(text, "")
	flat := strings.Join(strings.Fields(text), " ")
	complain := func(format string, args ...any) {
		l.t.Helper()
		l.t.Errorf("task %d, %d columns: %s\n$ %s\n%s", task, width, fmt.Sprintf(format, args...), command, text)
	}
	if r.Code != step.code && (r.Code != 3 || !notOfLab.MatchString(text)) {
		complain("exit code %d, want %d", r.Code, step.code)
	}
	for _, want := range step.want {
		if !regexp.MustCompile(want).MatchString(flat) {
			complain("%q is not there", want)
		}
	}
	if step.none != "" && regexp.MustCompile(step.none).MatchString(flat) {
		complain("%q is there", step.none)
	}
	if strings.Contains(command, "csv") || strings.Contains(command, "json") || strings.Contains(command, "template") {
		return // lines for machines are as long as they are
	}
	if strings.HasPrefix(command, "nlstat show") {
		return // a value is whole, and the terminal wraps it
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "nlstat: ") {
			continue // the terminal wraps messages
		}
		for part := range strings.SplitSeq(line, "\r") {
			if utf8.RuneCountInString(part) > width {
				complain("a line of %d columns: %q", utf8.RuneCountInString(part), part)
			}
		}
	}
}
