//go:build linux

package nltest

import (
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
	rt *rtnetlink.Conn
}

// New creates a network namespace with loopback up. It skips the test, with the reason, if that is not
// permitted.
func New(t testing.TB) *NS {
	t.Helper()
	fd, err := netns.New()
	if err != nil {
		t.Skipf("nltest: no network namespace can be made (as root, or from TestMain by nltest.Main): %v", err)
	}
	t.Cleanup(func() { _ = fd.Close() }) // nothing was written
	ns := &NS{t: t, fd: fd}
	// Not by Config.NetNS: that fails where the thread may not come back, as in a user namespace.
	ns.Do(func() { ns.rt, err = rtnetlink.Dial(nil) })
	if err != nil {
		t.Fatalf("nltest: rtnetlink: %v", err)
	}
	t.Cleanup(func() { _ = ns.rt.Close() }) // nothing was written
	ns.Up("lo")
	return ns
}

// FD returns a descriptor of the namespace, for the NetNS of other packages' Config. It is valid until the
// test ends.
func (ns *NS) FD() int { return int(ns.fd.Fd()) }

// With returns the same namespace for a subtest, which its methods fail.
func (ns *NS) With(t testing.TB) *NS {
	t.Helper()
	return &NS{t: t, fd: ns.fd, rt: ns.rt}
}

// Path returns a path of the namespace that other processes can open while the test runs.
func (ns *NS) Path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), ns.FD()) }

// Do runs f inside the namespace, on a thread of its own, and returns when f does. Sockets that f opens
// stay in the namespace wherever they are used; goroutines that it starts run outside. f must not end the
// test (Fatal, Skip).
func (ns *NS) Do(f func()) {
	ns.t.Helper()
	if err := netns.Do(ns.FD(), func() error { f(); return nil }); err != nil {
		ns.t.Fatalf("nltest: %v", err)
	}
}
