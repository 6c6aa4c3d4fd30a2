//go:build linux

package netns

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// withoutTest is for scenes, which have no test to take a context from.
var withoutTest = context.Background()

// find returns the namespace of an inode.
func find(t *testing.T, r *Result, inode string) *Namespace {
	t.Helper()
	for i := range r.Namespaces {
		if strconv.FormatUint(r.Namespaces[i].Inode, 10) == inode {
			return &r.Namespaces[i]
		}
	}
	return nil
}

func list(t *testing.T) *Result {
	t.Helper()
	r, err := List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestHostileMounts searches mount namespaces in which something else covers the mount of a namespace.
func TestHostileMounts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pipe", "plain", "device", "other", "folder", "silent"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			words, _ := scene(t, name, apart())
			r := list(t)
			if ns := find(t, r, words[0]); ns != nil {
				t.Errorf("found %+v, which nothing leads to", ns)
			}
			if r.Stats.Stale == 0 || r.Stats.Hidden == 0 {
				t.Errorf("stats %+v, want it counted", r.Stats)
			}
		})
	}
}

// TestForeignMount finds a namespace by a mount in another mount namespace, also by the method for
// older kernels.
func TestForeignMount(t *testing.T) {
	t.Parallel()
	words, pid := scene(t, "mounted", apart())
	ns := find(t, list(t), words[0])
	if ns == nil {
		t.Fatal("a namespace that is mounted in another mount namespace is not found")
	}
	root := "/proc/" + strconv.Itoa(pid) + "/root"
	if len(ns.Names) != 1 || !ns.Names[0].Foreign || !strings.HasPrefix(ns.Names[0].Path, root) || ns.String() != ns.Names[0].Path {
		t.Errorf("names %+v, want one foreign below %s", ns.Names, root)
	}
	f, err := ns.Open()
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close() // read-only
	o, err := newOpener()
	if err != nil {
		t.Fatal(err)
	}
	o.uncach = true
	fd, err := o.open(&ns.routes[0], ns.Inode)
	if err != nil {
		t.Fatalf("open without RESOLVE_CACHED: %v", err)
	}
	_ = unix.Close(fd) // read-only
	if _, err := o.open(&ns.routes[0], ns.Inode+1); !errors.Is(err, ErrGone) {
		t.Errorf("open as another inode: %v, want ErrGone", err)
	}
	if again, err := Resolve(t.Context(), &Result{}, ns.String()); err != nil || again.Inode != ns.Inode {
		t.Errorf("Resolve(%q) = %+v, %v", ns, again, err)
	}
}

// TestForeignSelf checks that a foreign mount named self is not the caller's own namespace.
func TestForeignSelf(t *testing.T) {
	t.Parallel()
	words, _ := scene(t, "self", apart())
	r := list(t)
	theirs := find(t, r, words[0])
	if theirs == nil || theirs.Self || theirs.String() == self {
		t.Errorf("their namespace: %+v", theirs)
	}
	if ns, err := Resolve(t.Context(), r, self); err != nil || ns.Inode != own(t) {
		t.Errorf("Resolve(self) = %+v, %v, want net:[%d]", ns, err, own(t))
	}
}

// TestMountBomb finds namespaces of others although a user has many mounts.
func TestMountBomb(t *testing.T) {
	t.Parallel()
	scene(t, "bomb", apart())
	words, _ := scene(t, "mounted", apart())
	r := list(t)
	if find(t, r, words[0]) == nil {
		t.Errorf("the namespace behind the bomb is not found: %+v", r.Stats)
	}
	for i := range r.Namespaces {
		if n := len(r.Namespaces[i].Names); n > 100 {
			t.Errorf("%d names of one namespace", n)
		}
	}
}

// TestHeld finds a namespace that only a descriptor keeps alive.
func TestHeld(t *testing.T) {
	t.Parallel()
	_, inode := unshared(t)
	for _, o := range []*Options{nil, {Proc: "/proc/self/root/proc"}} { // the second without BPF
		r, err := List(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		ns := find(t, r, strconv.FormatUint(inode, 10))
		if ns == nil {
			t.Fatalf("not found: %+v", r.Stats)
		}
		f, err := ns.Open()
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close() // read-only
	}
}

// TestSocketOnly finds a namespace that only a socket keeps alive.
func TestSocketOnly(t *testing.T) {
	t.Parallel()
	words, _ := scene(t, "socket", apart())
	r := list(t)
	if !r.Stats.SocketsSearched {
		t.Skip("needs listns(2) or BPF iterators with BTF")
	}
	ns := find(t, r, words[0])
	if ns == nil {
		t.Fatalf("not found: %+v", r.Stats)
	}
	f, err := ns.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read-only
	err = Do(int(f.Fd()), func() error {
		inode, err := ownInode()
		if inode != ns.Inode {
			t.Errorf("entered %d, want %d", inode, ns.Inode)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// foreignFD is a descriptor of another namespace in the scene nobody.
const foreignFD = 3

// TestNobody lists and enters the own namespace as a user without rights.
func TestNobody(t *testing.T) {
	t.Parallel()
	there, _ := unshared(t)
	fd := int(there.Fd())
	words, _ := scene(t, "nobody", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}, there)
	if got := strings.Join(words, " "); got != "right" {
		t.Errorf("a user without rights (descriptor %d): %s", fd, got)
	}
}

// TestHungFileSystem has a namespace mounted below a directory of a file system that does not reply.
func TestHungFileSystem(t *testing.T) {
	t.Parallel()
	words, pid := scene(t, "hung", apart())
	started := time.Now()
	r := list(t)
	if find(t, r, words[0]) != nil || r.Stats.Stale == 0 {
		t.Errorf("the namespace is found, or not counted: %+v", r.Stats)
	}
	t.Logf("took %v", time.Since(started))
	o, err := newOpener()
	if err != nil {
		t.Fatal(err)
	}
	o.uncach, o.wait = true, 10*time.Millisecond
	inode, err := strconv.ParseUint(words[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	way := route{kind: byRoot, path: "/proc/" + strconv.Itoa(pid) + "/root", point: words[1]}
	for range 2 { // the second time it does not try
		if _, err := o.open(&way, inode); !errors.Is(err, errStuck) {
			t.Errorf("open without RESOLVE_CACHED: %v, want errStuck", err)
		}
	}
}
