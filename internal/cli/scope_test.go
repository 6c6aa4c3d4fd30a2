package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/diag/redact"
)

// TestDiffOfPart compares recordings of a part of the sockets with ones of all: what the part was not made of
// is neither new nor closed, which is said, and decides about the exit code where it was requested.
func TestDiffOfPart(t *testing.T) {
	dir := t.TempDir()
	record := func(name string, args ...string) string {
		file := filepath.Join(dir, name)
		if _, errs, code := runMain(t, append([]string{"record", file}, args...)...); code != exitOK {
			t.Fatalf("record %q: %d, %s", args, code, errs)
		}
		return file
	}
	whole := record("whole")
	for _, c := range []struct {
		args []string // of the part
		diff []string
		code int
		left string // kinds that the part was not made of
	}{
		{[]string{"-t"}, nil, exitOK, "udp unix netlink"},
		{[]string{"-k", "netlink"}, nil, exitOK, "tcp udp unix"},
		{[]string{"dport=1"}, nil, exitOK, "tcp udp unix netlink"},
		{[]string{"--redact-key", key(t, dir), "-t"}, []string{"-t"}, exitFailed, ""}, // not of the same key
		{[]string{"-t"}, []string{"-x"}, exitRights, "tcp udp unix netlink"},
		{[]string{"-t"}, []string{"--", "netlink"}, exitRights, "tcp udp unix netlink"},
	} {
		part := record("part", c.args...)
		for _, files := range [][]string{{part, whole}, {whole, part}} {
			out, errs, code := runMain(t, append(append([]string{"diff", "--csv=proto"}, files...), c.diff...)...)
			listed := strings.Fields(out)
			if slices.ContainsFunc(strings.Fields(c.left), func(kind string) bool {
				return slices.ContainsFunc(listed, func(proto string) bool { return strings.HasPrefix(proto, kind) })
			}) || code != c.code || errs == "" {
				t.Errorf("%q, diff %q: exit code %d, want %d, %s\n%s", c.args, c.diff, code, c.code, errs, out)
			}
		}
	}
	if _, errs, _ := runMain(t, "diff", record("http", "dport=1"), whole); !strings.Contains(errs, `"dport=1"`) {
		t.Errorf("the filter of the recording is not said: %s", errs)
	}
}

func key(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "key")
	if err := os.WriteFile(name, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestDiffOfPipe compares a recording from a pipe in a namespace that it does not name, as one from a file.
func TestDiffOfPipe(t *testing.T) {
	in, err := os.Open("testdata/zoo.nls")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }() // it was only read
	var out, errs strings.Builder
	code := Main(Env{
		Args: []string{"diff", "-", "testdata/zoo.nls", "-N", "blue"}, Stdin: in, Stdout: &out, Stderr: &errs,
	})
	if code != exitOK || strings.Count(out.String(), "\n") > 1 || errs.String() != "" {
		t.Errorf("exit code %d, %s\n%s", code, errs.String(), out.String())
	}
}

// TestUnknownBoot refuses to tell sockets of unknown boots apart, and keeps them unknown where they are
// hidden.
func TestUnknownBoot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unknown")
	var b bytes.Buffer
	if err := diag.NewRecorder(&b, &diag.Head{}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]string{{file, "testdata/zoo.nls"}, {"testdata/zoo.nls", file}, {file, file}} {
		if _, errs, code := runMain(t, append([]string{"diff"}, files...)...); code != exitFailed || !strings.Contains(errs, "--by endpoint") {
			t.Errorf("diff %q: exit code %d, %s", files, code, errs)
		}
		if _, errs, code := runMain(t, append([]string{"diff", "--by=endpoint"}, files...)...); code != exitOK {
			t.Errorf("diff --by endpoint %q: exit code %d, %s", files, code, errs)
		}
	}
	head := diag.Head{}
	if hideHead(&head, redact.New()); head.BootID != "" {
		t.Errorf("an unknown boot became %q", head.BootID)
	}
}

// TestApart compares scopes by their network namespaces.
func TestApart(t *testing.T) {
	one, two, both := &scope{namespaces: map[any]bool{1: true}}, &scope{namespaces: map[any]bool{2: true}}, &scope{}
	both.namespaces = map[any]bool{1: true, 2: true}
	for _, tt := range []struct {
		a, b *scope
		want bool
	}{
		{one, two, true}, {one, one, false}, {one, both, false}, {both, two, false}, {one, &scope{}, false}, {&scope{}, two, false},
	} {
		if got := tt.a.apart(tt.b); got != tt.want {
			t.Errorf("%v and %v: %v", tt.a.namespaces, tt.b.namespaces, got)
		}
	}
}
