package harness

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nltest"
)

// NS is a network namespace that lives as long as its test: one of package nltest, and the commands and
// sockets of this package.
type NS struct {
	*nltest.NS

	t testing.TB
}

// New makes a network namespace with loopback up and moves the calling test into it. The test's thread is
// never unlocked, so that it ends with the test and nothing else runs in the namespace.
func New(t testing.TB) *NS {
	t.Helper()
	ns := Bare(t)
	ns.Up("lo")
	return ns
}

// Bare is New with a namespace as the kernel makes it: loopback is down, no address, no route.
func Bare(t testing.TB) *NS {
	t.Helper()
	own(t)
	unshare(t)
	smallTables()
	unshare(t) // the sizes are for namespaces made from this one
	return here(t)
}

// Crowded is New for hundreds of thousands of sockets: its hash tables are those of the machine, or what the
// namespace says that the test is in.
func Crowded(t testing.TB) *NS {
	t.Helper()
	own(t)
	unshare(t)
	ns := here(t)
	ns.Up("lo")
	return ns
}

// own keeps the thread for the test.
func own(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a network namespace")
	}
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() {
		// /proc/self/net would be that of this test's namespace.
		t.Fatal("harness: test runs on the main thread; its package needs TestMain with harness.Main")
	}
}

// here returns the namespace that the thread is in.
func here(t testing.TB) *NS {
	t.Helper()
	return &NS{NS: nltest.Here(t), t: t}
}

func unshare(t testing.TB) {
	t.Helper()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("make network namespace: %v", err)
	}
}

// smallTables gives the next namespace hash tables of its own. A dump walks every bucket, and the machine's
// tables have hundreds of thousands: most of the time of a test that dumps thousands of times.
func smallTables() {
	for _, table := range []string{"tcp_child_ehash_entries", "udp_child_hash_entries"} {
		// Kernels before 6.1 share the machine's.
		_ = os.WriteFile("/proc/sys/net/ipv4/"+table, []byte("4096"), 0o644)
	}
}

// With returns the same namespace for a subtest, to which failures are reported.
func (ns *NS) With(t testing.TB) *NS {
	t.Helper()
	return &NS{NS: ns.NS.With(t), t: t}
}
