package harness

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// NS is a network namespace that lives as long as its test.
type NS struct {
	t  testing.TB
	fd *os.File
}

// New makes a network namespace with loopback up and moves the calling test into it. The test's thread is
// never unlocked, so that it ends with the test and nothing else runs in the namespace.
func New(t testing.TB) *NS {
	t.Helper()
	ns := Bare(t)
	ns.up("lo")
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
	ns.up("lo")
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
	fd, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fd.Close() }) // read-only
	return &NS{t: t, fd: fd}
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

// Fd returns a descriptor of the namespace, valid until the test ends.
func (ns *NS) Fd() int { return int(ns.fd.Fd()) }

// Do runs f on a thread of its own inside the namespace and waits for it. f must not end the test
// (Fatal, Skip) by itself.
func (ns *NS) Do(f func()) {
	ns.t.Helper()
	done := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		if err := unix.Setns(ns.Fd(), unix.CLONE_NEWNET); err != nil {
			done <- err
			return
		}
		f()
	}()
	if err := <-done; err != nil {
		ns.t.Fatalf("enter network namespace: %v", err)
	}
}

// With returns the same namespace for a subtest, to which failures are reported.
func (ns *NS) With(t testing.TB) *NS {
	t.Helper()
	return &NS{t: t, fd: ns.fd}
}

func (ns *NS) up(name string) {
	ns.t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		ns.t.Fatalf("find link %s: %v", name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		ns.t.Fatalf("set link %s up: %v", name, err)
	}
}

// Addr adds an address with prefix length ("fe80::1/64") to a link of the calling test's namespace,
// usable at once.
func (ns *NS) Addr(link, prefix string) {
	ns.t.Helper()
	l, err := netlink.LinkByName(link)
	if err != nil {
		ns.t.Fatalf("find link %s: %v", link, err)
	}
	addr, err := netlink.ParseAddr(prefix)
	if err != nil {
		ns.t.Fatalf("parse %q: %v", prefix, err)
	}
	addr.Flags = unix.IFA_F_NODAD
	if err := netlink.AddrAdd(l, addr); err != nil {
		ns.t.Fatalf("add %s to %s: %v", prefix, link, err)
	}
}

// Veth makes a pair of links, both up, in the calling test's namespace.
func (ns *NS) Veth(name, peer string) {
	ns.t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	if err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: peer}); err != nil {
		ns.t.Fatalf("add veth %s: %v", name, err)
	}
	ns.up(name)
	ns.up(peer)
}

// Index returns the interface index of a link of the calling test's namespace.
func (ns *NS) Index(name string) int {
	ns.t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		ns.t.Fatalf("find link %s: %v", name, err)
	}
	return link.Attrs().Index
}
