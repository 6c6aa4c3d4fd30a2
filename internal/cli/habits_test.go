package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
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
