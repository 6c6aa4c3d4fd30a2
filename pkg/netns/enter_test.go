//go:build linux

package netns

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes and enters namespaces")
	}
}

func open(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read-only
	return int(f.Fd())
}

// unshared returns a namespace that only a descriptor keeps alive.
func unshared(t *testing.T) (f *os.File, inode uint64) {
	t.Helper()
	root(t)
	err := abroad(func(t *traveler) (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		t.at = 0 // not at home
		f, err = os.Open(ownNet)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read-only
	inode, err = inodeOf(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return f, inode
}

// TestDoHere checks that the own namespace needs no rights, unlike setns(2).
func TestDoHere(t *testing.T) {
	t.Parallel()
	powerless(t, func() error {
		home, err := os.Open(ownNet)
		if err != nil {
			return err
		}
		defer home.Close() //nolint:errcheck // read-only
		for _, ns := range []int{0, int(home.Fd())} {
			want := errors.New("what f says")
			if err := Do(ns, func() error { return want }); !errors.Is(err, want) {
				t.Errorf("Do(%d): %v, want the error of f", ns, err)
			}
		}
		list, err := List(t.Context(), nil)
		if err != nil {
			return err
		}
		entered := false
		err = Each(list.Namespaces, func(ns *Namespace, err error) error {
			entered = entered || ns.Self && err == nil
			return nil
		})
		if !entered || err != nil {
			t.Errorf("Each did not enter the own namespace: %v", err)
		}
		f, err := Open(0, "/proc/thread-self/net/dev")
		if err != nil {
			return err
		}
		return f.Close()
	})
}

// powerless runs f on a thread without capabilities, which ends with it.
func powerless(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked
		h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		err := unix.Capset(&h, &none[0])
		if err == nil {
			err = f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestDoElsewhere(t *testing.T) {
	t.Parallel()
	there, inode := unshared(t)
	before := own(t)
	for range 3 {
		err := Do(int(there.Fd()), func() error {
			if got, err := ownInode(); err != nil || got != inode {
				t.Errorf("inside: %d, %v, want %d", got, err, inode)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := own(t); got != before {
		t.Errorf("Do took its caller to %d", got)
	}
	list := []Namespace{{Inode: before, Self: true}, {Inode: inode}, {Inode: before, Self: true}}
	list[1].add(route{kind: byLink, path: "/proc/self/fd/" + strconv.Itoa(int(there.Fd()))})
	list[2].add(route{kind: byLink, path: "/proc/self/ns/net"})
	var got []uint64
	err := Each(list, func(_ *Namespace, err error) error {
		inode, _ := ownInode()
		got = append(got, inode)
		return err
	})
	if err != nil || len(got) != 3 || got[0] != before || got[1] != inode || got[2] != before {
		t.Errorf("Each went to %d, %v, want %d %d %d", got, err, before, inode, before)
	}
}

func TestDoRefused(t *testing.T) {
	t.Parallel()
	root(t)
	null := open(t, os.DevNull)
	if err := Do(null, func() error { return nil }); !errors.Is(err, unix.EINVAL) {
		t.Errorf("Do in /dev/null: %v, want EINVAL", err)
	}
	if err := Do(-1, func() error { return nil }); !errors.Is(err, unix.EBADF) {
		t.Errorf("Do(-1): %v, want EBADF", err)
	}
}

// TestDoGoexit ends the goroutine inside, as t.FailNow does.
func TestDoGoexit(t *testing.T) {
	t.Parallel()
	there, _ := unshared(t)
	err := Do(int(there.Fd()), func() error { runtime.Goexit(); return nil })
	if !errors.Is(err, errGoexit) {
		t.Errorf("Do: %v, want errGoexit", err)
	}
}

// TestFirstThread checks that the main thread, whose namespace /proc/self shows, never changes it.
func TestFirstThread(t *testing.T) {
	t.Parallel()
	there, _ := unshared(t)
	for range 200 {
		err := Do(int(there.Fd()), func() error {
			if unix.Gettid() == unix.Getpid() {
				return errors.New("on the first thread")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestNew creates a namespace; the calling thread does not change its own.
func TestNew(t *testing.T) {
	before := own(t)
	f, err := New()
	if errors.Is(err, os.ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read-only
	inode, err := inodeOf(int(f.Fd()))
	if err != nil || inode == before {
		t.Errorf("inode %d, %v, the own one is %d", inode, err, before)
	}
	if after := own(t); after != before {
		t.Errorf("the own namespace was %d, is %d", before, after)
	}
	if err := Do(int(f.Fd()), func() error {
		if at := own(t); at != inode {
			t.Errorf("inside it is %d, want %d", at, inode)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
