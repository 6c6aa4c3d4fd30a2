//go:build linux

package netns

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// own returns the inode of the namespace that the tests run in.
func own(t *testing.T) uint64 {
	t.Helper()
	inode, err := ownInode()
	if err != nil {
		t.Fatal(err)
	}
	return inode
}

func local(name string) Name { return Name{Name: name, Path: "/run/netns/" + name} }

func TestResolve(t *testing.T) {
	t.Parallel()
	me := strconv.Itoa(os.Getpid())
	list := &Result{Namespaces: []Namespace{
		{Inode: 1, Names: []Name{local("blue"), {Name: "/mnt/x", Path: "/mnt/x"}}},
		{Inode: 2, Names: []Name{local("web"), local("blue")}},
		{Inode: 3, Names: []Name{local(me)}},
		{Inode: 4, PID: 1 << 30, Names: []Name{{Name: "/proc/9/root/run/netns/far", Path: "/proc/9/root/run/netns/far", Foreign: true}}},
		{Inode: 4026999999},
		{Inode: 5, Names: []Name{local("forged")}},
		{Inode: own(t), Self: true, Names: []Name{local("home")}},
	}}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	contain := func(_ context.Context, text string) ([]Match, error) {
		switch text {
		case "box", "web", "home":
			return []Match{{`container "` + text + `"`, os.Getpid()}}, nil
		case "forged":
			return []Match{{"one", os.Getpid()}, {"two\n\x1b[2J", os.Getpid()}}, nil
		case "late":
			return []Match{{"container", 1 << 30}}, nil
		case "broken":
			return nil, os.ErrDeadlineExceeded
		}
		return nil, nil
	}
	for _, tt := range []struct {
		text  string
		inode uint64
		err   error
		says  string
	}{
		{"self", own(t), nil, ""},
		{"home", own(t), nil, ""}, // a name and a container that agree
		{"net:[2]", 2, nil, ""},
		{"4026999999", 4026999999, nil, ""}, // an inode, as in lsns(8)
		{"pid " + me, own(t), nil, ""},
		{"box", own(t), nil, ""},
		{"/proc/self/ns/net", own(t), nil, ""},
		{"forged", 0, ErrAmbiguous, `"two\n\x1b[2J"`},
		{"blue", 0, ErrAmbiguous, `"blue": name "/run/netns/blue" is net:[1]`},
		{"web", 0, ErrAmbiguous, `container "web"`},
		{me, 0, ErrAmbiguous, "process " + me},
		{"", 0, ErrNoName, "expected a name, a process ID, a path or a container"},
		{" \t", 0, ErrNoName, ""},
		{"far", 0, ErrNotFound, `"far"`},
		{"a\nb\x1b[0m", 0, ErrNotFound, `"a\nb\x1b[0m"`},
		{"1073741824", 0, ErrNotFound, "no process 1073741824"},
		{"pid 1073741824", 0, ErrNotFound, "no process 1073741824"},
		{"0", 0, ErrNotFound, ""},
		{"99999999999999999999", 0, ErrNotFound, ""},
		{"net:[99]", 0, ErrNotFound, ""},
		{"late", 0, os.ErrNotExist, "late"},
		{"broken", 0, os.ErrDeadlineExceeded, ""},
		{"/no/such/path", 0, ErrNotFound, `"/no/such/path"`},
		{"/dev/null", 0, ErrNotNetNS, `"/dev/null"`},
		{"/dev/null/x", 0, unix.ENOTDIR, ""},
		{"/proc/self/ns/uts", 0, ErrNotNetNS, ""},
		{pipe, 0, ErrNotNetNS, ""},
		{"./resolve.go", 0, ErrNotNetNS, ""},
	} {
		ns, err := Resolve(t.Context(), list, tt.text, contain)
		if !errors.Is(err, tt.err) || (err == nil) != (ns != nil) {
			t.Errorf("Resolve(%q) = %v, %v, want %v", tt.text, ns, err, tt.err)
			continue
		}
		if err == nil && tt.inode != 0 && ns.Inode != tt.inode {
			t.Errorf("Resolve(%q) = %+v, want %d", tt.text, ns, tt.inode)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.says) || strings.ContainsAny(err.Error(), "\n\x1b")) {
			t.Errorf("Resolve(%q): %q, want %q in it, on one line", tt.text, err, tt.says)
		}
	}
}

// TestResolveSelf has another namespace mounted as self.
func TestResolveSelf(t *testing.T) {
	t.Parallel()
	list := &Result{Namespaces: []Namespace{
		{Inode: 2, Names: []Name{{Name: "/run/netns/self", Path: "/run/netns/self"}}},
		{Inode: 3, Self: true},
	}}
	_, err := Resolve(t.Context(), list, "self")
	var ambiguous *AmbiguousError
	if !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 {
		t.Fatalf("Resolve: %v, want two candidates", err)
	}
	list.Namespaces[0].Names[0].Foreign = true
	if ns, err := Resolve(t.Context(), list, "self"); err != nil || ns.Inode != 3 {
		t.Errorf("Resolve beside a foreign name: %v, %v, want the own one", ns, err)
	}
}

// TestResolveUnlisted resolves namespaces that are not in the list.
func TestResolveUnlisted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"self", strconv.Itoa(os.Getpid()), ownNet, "/proc/self/ns/net"} {
		ns, err := Resolve(t.Context(), &Result{}, text)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ns.Open()
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close() // read-only
		if ns.Inode != own(t) || !ns.Self {
			t.Errorf("Resolve(%q) = %+v", text, ns)
		}
	}
}

// TestResolvePath resolves a path of a namespace that the list found by a thread that has ended
// since.
func TestResolvePath(t *testing.T) {
	t.Parallel()
	list := &Result{Namespaces: []Namespace{
		{Inode: own(t), PID: 1 << 30, routes: []route{{kind: byPath, path: "/proc/1073741824/ns/net"}}},
	}}
	ns, err := Resolve(t.Context(), list, "/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ns.Open()
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close() // read-only
	if ns.PID != 1<<30 || len(list.Namespaces[0].routes) != 1 {
		t.Errorf("%+v, and the list is %+v", ns, list.Namespaces[0])
	}
}
