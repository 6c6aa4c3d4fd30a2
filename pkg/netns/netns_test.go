package netns

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseMount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line, point string
		inode       uint64
		ok          bool
	}{
		{"36 35 0:4 net:[4026532270] /run/netns/blue rw shared:5 - nsfs nsfs rw", "/run/netns/blue", 4026532270, true},
		{`36 35 0:4 net:[1] /run/netns/a\040b\134 rw - nsfs nsfs rw`, `/run/netns/a b\`, 1, true},
		{"36 35 0:4 mnt:[4026532270] /run/x rw shared:5 - nsfs nsfs rw", "", 0, false},
		{"36 35 0:4 / /run/net:[1] rw - tmpfs tmpfs rw", "", 0, false},
		{"36 35 0:4 net:[1x] /run/netns/blue rw - nsfs nsfs rw", "", 0, false},
		{" net:[1] - nsfs ", "", 0, false},
		{"", "", 0, false},
	} {
		inode, point, ok := parseMount(tt.line)
		if ok != tt.ok || ok && (inode != tt.inode || point != tt.point) {
			t.Errorf("parseMount(%q) = %d, %q, %t, want %d, %q, %t", tt.line, inode, point, ok, tt.inode, tt.point, tt.ok)
		}
	}
}

func TestMountName(t *testing.T) {
	t.Parallel()
	for point, want := range map[string]string{
		"/run/netns/blue": "blue", "/var/run/netns/green": "green",
		"/run/docker/netns/1-abc": "/run/docker/netns/1-abc", "/run/netns": "/run/netns",
	} {
		if got := mountName(point); got != want {
			t.Errorf("mountName(%q) = %q, want %q", point, got, want)
		}
	}
}

// fakeProc makes a /proc of links that lead nowhere.
func fakeProc(t *testing.T, links map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, target := range links {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if filepath.Base(name) == "mountinfo" {
			err = os.WriteFile(path, []byte(target), 0o600)
		} else {
			err = os.Symlink(target, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestListFake(t *testing.T) {
	t.Parallel()
	proc := fakeProc(t, map[string]string{
		"1/task/1/ns/net":     "net:[100]",
		"1/ns/mnt":            "mnt:[1]",
		"1/mountinfo":         "1 2 0:4 net:[300] /run/netns/blue rw - nsfs nsfs rw\n1 2 0:4 / /proc rw - proc proc rw\n",
		"20/task/20/ns/net":   "net:[100]",
		"20/task/21/ns/net":   "net:[200]",
		"20/ns/mnt":           "mnt:[2]",
		"20/mountinfo":        "1 2 0:4 net:[200] /run/docker/netns/x rw - nsfs nsfs rw\n",
		"20/fd/0":             "/dev/null",
		"20/fd/7":             "net:[400]",
		"30/task/30/ns/net":   "net:[500]",
		"30/ns/mnt":           "mnt:[2]",
		"30/fd/1":             "net:[100]",
		"self/task/30/ns/net": "net:[600]",
	})
	spaces, denied, err := List(&Options{Proc: proc})
	if err != nil || denied != 0 {
		t.Fatalf("List: %d denied, %v", denied, err)
	}
	want := []string{"/run/docker/netns/x", "blue", "net:[400]", "pid 1", "pid 30"}
	if len(spaces) != len(want) {
		t.Fatalf("got %d namespaces, want %d: %+v", len(spaces), len(want), spaces)
	}
	for i := range spaces {
		if got := spaces[i].String(); got != want[i] {
			t.Errorf("namespace %d is %q, want %q: %+v", i, got, want[i], spaces[i])
		}
	}
	if _, err := spaces[0].Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open a namespace that has gone: %v, want ErrNotExist", err)
	}
}

func TestListEmpty(t *testing.T) {
	t.Parallel()
	if spaces, _, err := List(&Options{Proc: t.TempDir()}); err == nil {
		t.Errorf("a /proc without processes: %v and no error", spaces)
	}
}

func TestListFDs(t *testing.T) {
	t.Parallel()
	proc := fakeProc(t, map[string]string{
		"1/task/1/ns/net": "net:[100]", "1/fd/1": "net:[200]", "1/fd/2": "net:[300]", "1/fd/3": "net:[400]",
	})
	for limit, want := range map[int]int{0: 4, 1: 2, -1: 4} {
		spaces, _, err := List(&Options{Proc: proc, MaxFDs: limit})
		if err != nil || len(spaces) != want {
			t.Errorf("MaxFDs %d: %d namespaces, %v, want %d", limit, len(spaces), err, want)
		}
	}
}

func TestListOwn(t *testing.T) {
	t.Parallel()
	inode, err := netInode(ownNet)
	if err != nil {
		t.Fatal(err)
	}
	spaces, denied, err := List(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range spaces {
		if spaces[i].Inode == inode {
			f, err := spaces[i].Open()
			if err != nil {
				t.Fatal(err)
			}
			_ = f.Close() // it was only looked at
			return
		}
	}
	t.Errorf("own namespace is not among %d, %d denied", len(spaces), denied)
}

func TestDo(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root: enters a network namespace")
	}
	home, err := os.Open(ownNet)
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close() //nolint:errcheck // it was only looked at
	want := errors.New("what f says")
	if err := Do(int(home.Fd()), func() error { return want }); !errors.Is(err, want) {
		t.Errorf("Do: %v, want the error of f", err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close() //nolint:errcheck // it was only looked at
	if err := Do(int(null.Fd()), func() error { return nil }); !errors.Is(err, unix.EINVAL) {
		t.Errorf("Do in /dev/null: %v, want EINVAL", err)
	}
}

func FuzzParseMount(f *testing.F) {
	f.Add("36 35 0:4 net:[4026532270] /run/netns/a\\040b rw shared:5 - nsfs nsfs rw")
	f.Fuzz(func(t *testing.T, line string) {
		if _, point, ok := parseMount(line); ok && point == "" {
			t.Errorf("parseMount(%q) finds no mount point", line)
		}
	})
}
