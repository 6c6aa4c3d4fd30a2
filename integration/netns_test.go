//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
)

// TestKernelFindNamespaces hides namespaces in every way: in a thread, in a mount, in a descriptor.
func TestKernelFindNamespaces(t *testing.T) {
	ns := harness.New(t) // kept by this thread and by a descriptor
	held := unsharedFD(t)
	mounted := unsharedFD(t)
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		t.Fatal(err)
	}
	point := filepath.Join("/run/netns", "nlstat-test-"+filepath.Base(t.TempDir()))
	mountNS(t, mounted, point)
	want := map[uint64]string{
		inodeOf(t, ns.FD()):           "a thread's",
		inodeOf(t, int(held.Fd())):    "a descriptor's",
		inodeOf(t, int(mounted.Fd())): "a mount's",
	}
	mountedInode := inodeOf(t, int(mounted.Fd()))
	if err := mounted.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := netns.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if denied := list.Stats.Denied; denied > 0 {
		t.Logf("%d processes of this machine do not let root look at them", denied)
	}
	spaces := list.Namespaces
	for i := range spaces {
		n := &spaces[i]
		delete(want, n.Inode)
		if n.Inode == mountedInode && n.String() != filepath.Base(point) {
			t.Errorf("namespace mounted on %s is called %s", point, n)
		}
	}
	for inode, whose := range want {
		t.Errorf("%s namespace net:[%d] is not among the %d found", whose, inode, len(spaces))
	}
}

// TestKernelEachNamespace enters every namespace and requests its sockets: those of the zoo are in one of
// them only.
func TestKernelEachNamespace(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	ours := inodeOf(t, ns.FD())
	list, err := netns.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	threads := threadCount(t)
	found := 0
	err = netns.Each(list.Namespaces, func(n *netns.Namespace, err error) error {
		if err != nil {
			t.Logf("%s: %v", n, err) // other tests come and go
			return nil
		}
		st, err := diag.ReadSockStat(nil)
		if err != nil {
			return err
		}
		if n.Inode == ours && st.TCP > 20 && st.UDP > 4 {
			found++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != 1 {
		t.Errorf("found the zoo in %d namespaces", found)
	}
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read-only
	if got := inodeOf(t, int(f.Fd())); got != ours {
		t.Errorf("the journey took this thread to net:[%d]", got)
	}
	for range 100 {
		if err := netns.Do(ns.FD(), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := threadCount(t); got > threads+10 {
		t.Errorf("%d threads, %d before: they leak", got, threads)
	}
}

func threadCount(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

// unsharedFD makes a namespace that only a descriptor keeps alive.
func unsharedFD(t *testing.T) *os.File {
	t.Helper()
	f, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // may be closed already
	return f
}

// mountNS does what `ip netns add` does.
func mountNS(t *testing.T, ns *os.File, point string) {
	t.Helper()
	if err := os.WriteFile(point, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join("/proc/self/fd", strconv.Itoa(int(ns.Fd())))
	if err := unix.Mount(source, point, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Unmount(point, unix.MNT_DETACH) // the file below goes anyway
		_ = os.Remove(point)
	})
}

func inodeOf(t *testing.T, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}
