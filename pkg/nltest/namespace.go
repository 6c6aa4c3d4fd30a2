//go:build linux

package nltest

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/jsimonetti/rtnetlink/v2"

	"github.com/nlstat/nlstat/pkg/netns"
)

// NS is a network namespace that exists as long as its test, and longer only if a process or a socket of
// the test does.
type NS struct {
	t  testing.TB
	fd *os.File
}

// New creates a network namespace with loopback up. It skips the test, with the reason, if that is not
// permitted.
func New(t testing.TB) *NS {
	t.Helper()
	fd, err := netns.New()
	if err != nil {
		t.Skipf("nltest: no network namespace can be made (as root, or from TestMain by nltest.Main): %v", err)
	}
	ns := of(t, fd)
	ns.Up("lo")
	return ns
}

// Here returns the network namespace of the calling thread, for a test that has entered one by itself on a
// thread that it has locked.
func Here(t testing.TB) *NS {
	t.Helper()
	fd, err := netns.Open(0, "/proc/thread-self/ns/net")
	if err != nil {
		t.Fatalf("nltest: %v", err)
	}
	return of(t, fd)
}

func of(t testing.TB, fd *os.File) *NS {
	t.Helper()
	t.Cleanup(func() { _ = fd.Close() }) // nothing was written
	return &NS{t: t, fd: fd}
}

// FD returns a descriptor of the namespace, for the NetNS of other packages' Config. It is valid until the
// test ends.
func (ns *NS) FD() int { return int(ns.fd.Fd()) }

// With returns the same namespace for a subtest, which its methods fail.
func (ns *NS) With(t testing.TB) *NS {
	t.Helper()
	return &NS{t: t, fd: ns.fd}
}

// Path returns a path of the namespace that other processes can open while the test runs.
func (ns *NS) Path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), ns.FD()) }

// Do runs f inside the namespace, on another thread than the test's, and returns when f does. Sockets that f
// opens stay in the namespace wherever they are used; goroutines that it starts run outside. f must not end
// the test (Fatal, Skip). If f changes the thread in other ways, it must lock it (runtime.LockOSThread) and
// leave it so, and the thread ends with f.
func (ns *NS) Do(f func()) {
	ns.t.Helper()
	result := make(chan error, 1)
	go func() { // for another thread: that of the test may be in this namespace
		err := errors.New("the function ended its goroutine")
		defer func() { result <- err }()
		err = netns.Do(ns.FD(), func() error { f(); return nil })
	}()
	if err := <-result; err != nil {
		ns.t.Fatalf("nltest: %v", err)
	}
}

// configure calls f with a connection for links, addresses and routes, which is closed again: sockets of the
// namespace are the test's.
func (ns *NS) configure(f func(*rtnetlink.Conn) error) (err error) {
	ns.t.Helper()
	// Not by Config.NetNS: that fails where the thread may not come back, as in a user namespace.
	ns.Do(func() {
		var c *rtnetlink.Conn
		if c, err = rtnetlink.Dial(nil); err != nil {
			return
		}
		defer c.Close() //nolint:errcheck // every request was acknowledged
		err = f(c)
	})
	return err
}
