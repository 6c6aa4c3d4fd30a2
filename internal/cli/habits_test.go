package cli

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/query"
	"github.com/nlstat/nlstat/internal/view"
)

// TestBundles checks that bundles of what people type, in any order, mean what their letters mean without -n and -p.
func TestBundles(t *testing.T) {
	for i := range 512 {
		var word, plain string
		for j, c := range "tuxlanp46" {
			if i>>j&1 == 0 {
				continue
			}
			word = string(c) + word
			if !strings.ContainsRune("np", c) {
				plain = string(c) + plain
			}
		}
		for range max(1, len(word)) {
			got := rewritten(t, "-"+word)
			want := []string{"-" + plain}
			if plain == "" {
				want = []string{}
			}
			if word != "" && (len(got) != len(want) || len(got) > 0 && letters(got[0]) != letters(want[0])) {
				t.Errorf("-%s is %q, want %q", word, got, want)
			}
			if word != "" {
				word = word[1:] + word[:1]
			}
		}
	}
}

func letters(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

func rewritten(t *testing.T, args ...string) []string {
	t.Helper()
	a := &app{}
	root := a.root(args)
	out, err := a.habits.rewrite(root, args)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out
}

// TestLong checks the whole words of netstat and ss: what is the default is dropped, others are answered.
func TestLong(t *testing.T) {
	got := rewritten(t, "--tcp", "--numeric", "--listening", "--programs", "--numeric-ports", "--processes", "--all")
	if want := []string{"--tcp", "--listening", "--all"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, word := range []string{"extend", "timers", "memory", "info", "interfaces", "family=inet", "statistics", "route", "kill"} {
		a := &app{}
		_, err := a.habits.rewrite(a.root([]string{"--" + word}), []string{"--" + word})
		if err == nil || !strings.Contains(err.Error(), "type nlstat") {
			t.Errorf("--%s: %v, want what to type", word, err)
		}
	}
}

// TestProcessOption checks that a word behind -p is a process, unless it has another meaning in a filter.
func TestProcessOption(t *testing.T) {
	for word, want := range map[string]string{
		"node": "process=*node*", "nginx": "process=*nginx*", "1234": "pid=1234", "listening": "listening", "tcp": "tcp",
		"dport=22": "dport=22", ":22": ":22", "inode": "inode",
	} {
		if got := rewritten(t, "-p", word); !slices.Equal(got, []string{want}) {
			t.Errorf("-p %s is %q, want %s", word, got, want)
		}
	}
}

// holder lets the process of the test hold a socket, and returns its name.
func holder(t *testing.T) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() }) // nothing is lost with it
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(comm))
}

// TestRunning checks that a process which holds a socket is found by a word that is similar to others.
func TestRunning(t *testing.T) {
	name := holder(t)
	table := view.Sockets(&names.Names{})
	table.Exists = running
	table.Words = func() map[string]view.Guess { return map[string]view.Guess{name[1:]: {Field: "proto"}} }
	for word, known := range map[string]bool{name: true, name[1:] + "x": false} {
		if _, err := query.Parse(&table, []string{word}); (err == nil) != known {
			t.Errorf("%q: %v", word, err)
		}
	}
}

// FuzzHabits checks that no argument is lost that is not an option which is accepted.
func FuzzHabits(f *testing.F) {
	for _, s := range []string{"-tulpn", "-n 3", "-iTCP@[::1]:80", "-sTCP:LISTEN", "-w=", "-c", "--json a,b", "-- -n", "-é"} {
		f.Add(s)
	}
	var a app
	root := a.root(nil)
	f.Fuzz(func(t *testing.T, line string) {
		var h habits
		args := strings.Fields(line)
		if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
			return
		}
		out, err := h.rewrite(root, slices.Clone(args))
		if err == nil && len(out) < len(args)-strings.Count(line, "-") {
			t.Errorf("%q lost words: %q", args, out)
		}
	})
}

// TestOtherTools checks that a word of another program's command line is a filter where it matches a process.
func TestOtherTools(t *testing.T) {
	lines := [][]string{{"docker", "port", "8080"}, {"docker"}, {"conntrack", "-L"}, {"conntrack"}}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	was, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile("/proc/self/comm", was, 0); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range []string{"dockerd", "conntrackd"} {
		if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if err := otherTool(line); err != nil && strings.HasPrefix(name, line[0]) {
				t.Errorf("%s runs, nlstat %q: %v", name, line, err)
			}
		}
	}
}

// TestWhyProcess checks that the question why about a running process names its listing.
func TestWhyProcess(t *testing.T) {
	name := holder(t)
	if _, stderr, code := runMain(t, "why", name[:3]); code != exitFailed || !strings.HasSuffix(stderr, "type nlstat "+name[:3]+"\n") {
		t.Errorf("%d, %s", code, stderr)
	}
}
