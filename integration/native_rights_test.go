//go:build integration

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNativeFilterWithoutRights checks that a filter by process reports sockets with unknown owners instead
// of "nothing matched".
func TestNativeFilterWithoutRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: takes rights away")
	}
	harness.NeedsUsers(t)
	ns := harness.New(t)
	port := ns.Listen("127.0.0.1:0").Port()
	for line, want := range map[string]int{
		"process=nobody-there": 3, "wait --gone process=nobody-there": 3, "kill process=nobody-there": 2,
		"--count process!=nobody-there": 3, "not process=nobody-there": 3, "-g process": 3, "-c process": 3,
		"-s process --limit 1": 3, "": 0, "-c state": 0,
	} {
		r := ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: strings.Fields(line), UID: 65534})
		if told := strings.Contains(string(r.Stderr), "could not inspect"); r.Code != want || told != (line != "-c state") {
			t.Errorf("nlstat %s: exit code %d, %q; want %d and why", line, r.Code, r.Stderr, want)
		}
	}
	for line, want := range map[string]int{"-g mark": 3, "-c local -s mark": 3, "-c local,mark": 0, "-c +mark": 0} {
		r := ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: strings.Fields(line), UID: 65534})
		if told := strings.Contains(string(r.Stderr), "could not read marks"); r.Code != want || !told {
			t.Errorf("nlstat %s: exit code %d, %q; want %d and that marks could not be read", line, r.Code, r.Stderr, want)
		}
	}
	kill := fmt.Sprintf("kill --yes sport=%d", port)
	r := ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: strings.Fields(kill), UID: 65534})
	if why := "could not close 1 of 1 sockets: not permitted: needs CAP_NET_ADMIN"; r.Code != 2 || !strings.Contains(string(r.Stderr), why) {
		t.Errorf("nlstat %s: exit code %d, %q; want 2 and why", kill, r.Code, r.Stderr)
	}
	// no socket has the port, so owners are not needed
	line := fmt.Sprintf("process=nobody-there sport=%d", port%65535+1)
	r = ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: strings.Fields(line), UID: 65534})
	if r.Code != 0 || len(r.Stderr) > 0 {
		t.Errorf("nlstat %s: exit code %d, %q; want silence", line, r.Code, r.Stderr)
	}
}

// TestNativeRemedy checks that a listing succeeds if owners, which do not affect the rows, may not be read,
// and that its only message names the missing right.
func TestNativeRemedy(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: takes rights away")
	}
	harness.NeedsUsers(t)
	program := harness.Program(t, "nlstat")
	ns := harness.New(t)
	port := ns.Listen("127.0.0.1:0").Port()
	for wrap, want := range map[string]string{
		"setpriv --bounding-set=-sys_ptrace,-dac_read_search": "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
		"setpriv --bounding-set=-all":                         "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
		"unshare --user --map-root-user":                      "denies it despite CAP_SYS_PTRACE",
		"setpriv --reuid=65534 --regid=65534 --clear-groups":  "run as root, or give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
	} {
		t.Run(wrap, func(t *testing.T) {
			words := strings.Fields(wrap)
			tool := harness.Tool(t, words[0])
			if words[0] == "unshare" && exec.CommandContext(t.Context(), tool, append(words[1:], "true")...).Run() != nil {
				t.Skip("not here: no user namespaces (there are none in a chroot)")
			}
			args := slices.Concat(words[1:], []string{"env", "NLSTAT_OWNER=proc", program, "listen"})
			r := ns.With(t).Exec(&harness.Command{Path: tool, Args: args})
			atWork(t, wrap, &r, port)
			if text := string(r.Stderr); strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, want+"\n") {
				t.Errorf("%q, want one line about %q", text, want)
			}
		})
	}
	for color, want := range map[string]bool{"always": true, "never": false} {
		args := []string{"--reuid=65534", "--regid=65534", "--clear-groups", program, "listen", "--color", color}
		r := ns.Exec(&harness.Command{Path: harness.Tool(t, "setpriv"), Args: args, Terminal: 120})
		atWork(t, color, &r, port)
		if dim := strings.Contains(string(r.Stdout), "\x1b[2mnlstat: could not inspect"); dim != want {
			t.Errorf("on a terminal, --color=%s: dim is %v, want %v: %q", color, dim, want, r.Stdout)
		}
	}
}

// TestNativeWithoutProc checks that data of /proc is reported as missing without it.
func TestNativeWithoutProc(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:0")
	empty := t.TempDir()
	for line, want := range map[string]struct {
		code int
		text string
		row  bool
	}{
		"-c local,process":           {3, "is it mounted?", true},
		"-c local,state":             {0, "", true},
		"--all-netns":                {2, "is it mounted?", false},
		"stats":                      {2, "is /proc mounted?", false},
		"listen -c local,no_process": {3, "is it mounted?", true},
	} {
		r := ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: strings.Fields(line), Proc: empty})
		if r.Code != want.code || !strings.Contains(string(r.Stderr), want.text) {
			t.Errorf("nlstat %s: exit code %d, %q; want %d and %q", line, r.Code, r.Stderr, want.code, want.text)
		}
		if strings.Contains(string(r.Stdout), "kernel") {
			t.Errorf("nlstat %s: %s", line, r.Stdout)
		}
		if want.row != strings.Contains(string(r.Stdout), "127.0.0.1:") {
			t.Errorf("nlstat %s: a row is %v, want %v: %s", line, !want.row, want.row, r.Stdout)
		}
	}
}
