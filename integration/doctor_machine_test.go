//go:build integration

package integration

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// machine changes a setting of the whole machine, until the scene is cured or the test ends.
func (w *ward) machine(name, value string) (restore func()) {
	w.t.Helper()
	file := "/proc/sys/net/" + name
	var was []byte
	var err error
	inFirst(w.t, func() {
		if was, err = os.ReadFile(file); err == nil {
			err = os.WriteFile(file, []byte(value), 0)
		}
	})
	if err != nil {
		w.t.Skip(err)
	}
	restore = func() {
		inFirst(w.t, func() { err = os.WriteFile(file, was, 0) })
		if err != nil {
			w.t.Error(err)
		}
	}
	w.t.Cleanup(restore)
	return restore
}

// machineSicknesses are scenes of a whole machine. Only the table of flows is counted for each namespace.
var machineSicknesses = []sickness{
	{
		id: "orphans", machine: true, severity: "warning", text: "5 connections no longer have a process, of 16 at most", nobody: true,
		begin: func(w *ward) (func(), func()) {
			restore := w.machine("ipv4/tcp_max_orphans", "0") // those of tests before are dropped at their next timer
			w.noOrphans()
			w.machine("ipv4/tcp_max_orphans", "16")
			l := w.listen("127.0.0.1:8101", 50)
			list := w.connect("127.0.0.1:8101", 5)
			for _, s := range list {
				to := l.Accept()
				to.Deaf() // so that what is sent stays unanswered
				s.Write(1000)
				s.Close()
			}
			return nil, restore
		},
	},
	{
		id: "tcp-memory", machine: true, severity: "warning", text: "pages (pressure from 2 on)", nobody: true,
		begin: func(w *ward) (func(), func()) {
			l := w.listen("127.0.0.1:8102", 50)
			for _, s := range w.connect("127.0.0.1:8102", 4) {
				l.Accept()
				_, _ = unix.Write(s.FD, make([]byte, 256<<10)) // as much as is taken
			}
			return nil, w.machine("ipv4/tcp_mem", "1 2 1000000")
		},
	},
	{
		id: "conntrack", severity: "warning", text: "13 of 16 flows are tracked", nobody: true,
		begin: func(w *ward) (func(), func()) {
			w.flows(13)
			return nil, w.machine("netfilter/nf_conntrack_max", "16")
		},
	},
	{
		id: "neighbors", machine: true, severity: "warning", text: "neighbors in the table of ipv4", nobody: true,
		begin: func(w *ward) (func(), func()) {
			w.Veth("lan0", "", w.NS.NS, "lan1", "")
			w.Address("lan0", "10.9.0.1/24")
			for i := range 15 {
				if err := netlink.NeighSet(neighborOf(int(w.Index("lan0")), i, unix.NUD_REACHABLE)); err != nil {
					w.t.Fatal(err)
				}
			}
			return nil, w.machine("ipv4/neigh/default/gc_thresh3", "16")
		},
	},
	{
		id: "softnet", machine: true, severity: "warning", text: " before any program received them", nobody: true,
		begin: func(w *ward) (func(), func()) {
			restore := w.machine("core/netdev_max_backlog", "1")
			stop := w.floods(8105)
			return nil, func() { stop(); restore() }
		},
	},
}

// noOrphans waits until the machine has no connection without a process.
func (w *ward) noOrphans() {
	w.t.Helper()
	var text []byte
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		var err error
		if text, err = os.ReadFile("/proc/net/sockstat"); err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(text, []byte(" orphan 0 ")) {
			return
		}
	}
	w.t.Fatalf("there are orphans:\n%s", text)
}

// floods sends datagrams to a port in bursts: one system call makes 60 packets, which the link is not allowed
// to take as one. The kernel cuts them apart, and appends all to the backlog of the processor before that can
// receive the first, on every kernel, however busy the machine is.
func (w *ward) floods(port int) (stop func()) {
	w.t.Helper()
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetGSOMaxSegs(lo, 1)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	s := w.UDP("127.0.0.1:0", harness.Set(unix.IPPROTO_UDP, unix.UDP_SEGMENT, 100))
	to := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	ended, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-ended:
				done <- nil
				return
			case <-time.After(10 * time.Millisecond):
			}
			if err := unix.Sendto(s.FD, make([]byte, 6000), 0, to); err != nil {
				done <- err
				return
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		close(ended)
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// neighborOf is the neighbor of a link.
func neighborOf(link, i, state int) *netlink.Neigh {
	return &netlink.Neigh{
		LinkIndex: link, Family: unix.AF_INET, State: state, Type: unix.RTN_UNICAST,
		IP: netip.AddrFrom4([4]byte{10, 9, 0, byte(10 + i)}).AsSlice(), HardwareAddr: []byte{2, 0, 0, 0, 0, byte(i)},
	}
}

// flows makes so many tracked flows of loopback, where there is something that tracks.
func (w *ward) flows(n int) {
	w.t.Helper()
	for i := range n {
		flow := netlink.ConntrackFlow{
			FamilyType: unix.AF_INET, TimeOut: 600,
			Forward: netlink.IPTuple{
				SrcIP: netip.AddrFrom4([4]byte{10, 8, 0, 1}).AsSlice(), DstIP: netip.AddrFrom4([4]byte{10, 8, 0, 2}).AsSlice(),
				SrcPort: uint16(1000 + i), DstPort: 53, Protocol: unix.IPPROTO_UDP,
			},
		}
		flow.Reverse = netlink.IPTuple{
			SrcIP: flow.Forward.DstIP, DstIP: flow.Forward.SrcIP, SrcPort: 53, DstPort: flow.Forward.SrcPort,
			Protocol: unix.IPPROTO_UDP,
		}
		if err := netlink.ConntrackCreate(netlink.ConntrackTable, unix.AF_INET, &flow); err != nil {
			w.t.Skipf("no connection tracking: %v", err)
		}
	}
}

// TestKernelDoctor runs the scenes of a whole machine, only in a guest of integration/kernels.
func TestKernelDoctor(t *testing.T) {
	if !inGuest() {
		t.Skip("changes settings of the whole machine: only in a guest (go -C integration run ./kernels)")
	}
	for i := range machineSicknesses {
		sick := &machineSicknesses[i]
		t.Run(sick.id, func(t *testing.T) { fallIll(t, sick).treat(t) })
	}
}

// TestKernelDoctorKept checks that neighbors for which the limit of their table does not hold are no alarm.
func TestKernelDoctorKept(t *testing.T) {
	if !inGuest() {
		t.Skip("changes settings of the whole machine: only in a guest (go -C integration run ./kernels)")
	}
	ns := harness.New(t)
	w := &ward{NS: ns, t: t}
	w.machine("ipv4/neigh/default/gc_thresh3", "16")
	var err error
	inFirst(t, func() { err = keepNeighbors("kept0", 40) })
	if err != nil {
		t.Fatal(err)
	}
	defer inFirst(t, func() { err = dropLink("kept0") })
	if list, code := examine(t, ns, nil, "neighbors", "--for", "200ms", "-N", "1"); len(list) != 0 || code != 0 {
		t.Errorf("exit code %d, %+v", code, list)
	}
}

// keepNeighbors makes a link with permanent neighbors.
func keepNeighbors(link string, n int) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = link
	dummy := &netlink.Dummy{LinkAttrs: attrs}
	if err := errors.Join(netlink.LinkAdd(dummy), netlink.LinkSetUp(dummy)); err != nil {
		return err
	}
	l, err := netlink.LinkByName(link)
	for i := 0; i < n && err == nil; i++ {
		err = netlink.NeighSet(neighborOf(l.Attrs().Index, i, unix.NUD_PERMANENT))
	}
	return err
}

func dropLink(name string) error {
	l, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkDel(l)
	}
	return err
}

// TestKernelDoctorHealthy checks that nothing is found on an idle machine.
func TestKernelDoctorHealthy(t *testing.T) {
	if !inGuest() {
		t.Skip("machines on which other things happen may be ill: only in a guest (go -C integration run ./kernels)")
	}
	ns := harness.New(t)
	for _, args := range [][]string{nil, {"-A"}, {"-N", "1"}} {
		r := ns.Run("nlstat", append([]string{"doctor", "--for", "1s"}, args...)...)
		if r.Code != 0 || !strings.HasPrefix(string(r.Stdout), "24 checks, 0 findings") {
			t.Errorf("%v: exit code %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
		}
	}
}
