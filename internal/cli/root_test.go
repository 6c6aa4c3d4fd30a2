package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBranches checks that the tree that is grown for a command has what the whole tree has of it.
func TestBranches(t *testing.T) {
	face := func([]string, io.Writer, io.Writer) int { return exitOK }
	a := &app{Env: Env{FrontEnds: map[string]FrontEnd{"netstat": face, "ss": face}}}
	for _, b := range branches {
		if name := b.build(a).Name(); name != b.name {
			t.Errorf("the branch %q makes the command %q", b.name, name)
		}
		if a.FrontEnds[b.name] != nil {
			continue // their help is their own
		}
		help, _, code := runMain(t, "help", b.name)
		if code != exitOK || help == "" {
			t.Errorf("help %s ends with %d", b.name, code)
		}
		own, _, _ := runMain(t, b.name, "--help")
		if diff := cmp.Diff(help, own); diff != "" {
			t.Errorf("%s --help is not help %[1]s:\n%s", b.name, diff)
		}
	}
	help, _, _ := runMain(t, "help")
	own, _, _ := runMain(t, "--help")
	if diff := cmp.Diff(help, own); diff != "" {
		t.Errorf("--help is not help:\n%s", diff)
	}
}

// TestNearCommand checks which words are taken for slips of a command.
func TestNearCommand(t *testing.T) {
	a := &app{}
	a.root(nil)
	for word, want := range map[string]string{
		"docter": "doctor", "whi": "why", "lisen": "listen", "evnets": "events", "rotes": "routes",
		"nats": "", "summaryd": "", "statsd": "", "ps": "", "nginx": "", "why": "", ":80": "", "postgres": "",
	} {
		if got := nearCommand(word, a.commands); got != want {
			t.Errorf("%s is near to %q, want %q", word, got, want)
		}
	}
}

// TestUnknownNamespace checks that the first line about an unknown namespace says that it is unknown.
func TestUnknownNamespace(t *testing.T) {
	for _, args := range [][]string{{"-N", "selv"}, {"routes", "-N", "selv"}, {"kill", "-N", "selv", ":1"}} {
		_, errs, code := runMain(t, args...)
		want := `nlstat: no network namespace is called "selv"; did you mean "self"?`
		if !strings.HasPrefix(errs, want) || code != exitFailed {
			t.Errorf("%q: %d, %q; want %q", args, code, errs, want)
		}
	}
}
