//go:build linux

package cgroup

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// groups makes a hierarchy with these control groups.
func groups(t *testing.T, paths ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, path := range append(paths, "/") {
		if err := os.MkdirAll(root+path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "cgroup.controllers"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func inode(t *testing.T, path string) uint64 {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

func TestCgroups(t *testing.T) {
	root := groups(t, "/system.slice/ssh.service", "/init.scope")
	c := Tree{Root: root}
	if !c.Available() || c.Whole() {
		t.Errorf("available %v, whole %v; want true, false: its root is not the host's", c.Available(), c.Whole())
	}
	for _, path := range []string{"/", "/system.slice/ssh.service", "/init.scope"} {
		if got := c.Path(inode(t, root+path)); got != path {
			t.Errorf("%q, want %q", got, path)
		}
	}
	if got := c.Path(1 << 62); got != "" {
		t.Errorf("no such id: %q", got)
	}
}

// TestNoCgroups has directories that are not control groups, as after `ip netns exec`.
func TestNoCgroups(t *testing.T) {
	root := t.TempDir()
	for _, c := range []Tree{{Root: root}, {Root: root + "/none"}} {
		if c.Available() || c.Whole() {
			t.Errorf("%s: available %v, whole %v", c.Root, c.Available(), c.Whole())
		}
		if got := c.Path(inode(t, root)); got != "" {
			t.Errorf("%s: %q", c.Root, got)
		}
	}
}

// TestCgroupsWalks looks up unknown ids: some cause another walk at once, the rest later.
func TestCgroupsWalks(t *testing.T) {
	root := groups(t)
	c := Tree{Root: root}
	for id := range uint64(100) {
		c.Path(1<<62 + id)
	}
	if c.walks != maxWalks {
		t.Errorf("%d walks, want %d", c.walks, maxWalks)
	}
	if err := os.Mkdir(root+"/new", 0o755); err != nil {
		t.Fatal(err)
	}
	id := inode(t, root+"/new")
	if got := c.Path(id); got != "" {
		t.Errorf("%q without another walk", got)
	}
	c.walked = c.walked.Add(-2 * max(minRest, rest*c.took))
	if got := c.Path(id); got != "/new" || time.Since(c.walked) > time.Minute {
		t.Errorf("%q after a rest, want /new", got)
	}
}

func TestCgroupsAllocs(t *testing.T) {
	root := groups(t)
	c := Tree{Root: root}
	id := inode(t, root)
	c.Path(id)
	if n := testing.AllocsPerRun(100, func() { c.Path(id) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
