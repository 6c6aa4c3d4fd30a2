//go:build integration

package integration

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

var record = flag.String("record", "", "write what this kernel says of the zoo to a file, for pkg/diag/testdata")

// TestKernelFixture records one answer of every family that this kernel has, with all that can be requested.
// pkg/diag replays it on machines with other kernels.
func TestKernelFixture(t *testing.T) {
	ns := harness.New(t)
	ns.StateZoo("127.0.0.1")
	ns.StateZoo("[::1]")
	otherZoo(t, ns)
	if !mptcpPair(t, ns) || !knows(t, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE) {
		t.Skip("a recording shall have all families")
	}
	ns.UDP("127.0.0.1:53")
	ns.UDP("[::1]:53")
	fixtureUnix(t, ns)
	file := *record
	if file == "" {
		file = filepath.Join(t.TempDir(), "recording")
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // the recorder tells
	rec := diag.NewRecorder(f, nil)
	c := dial(t, &diag.Config{Record: rec})
	const all = ^(diag.HasStorage | diag.HasMD5) // no maps here, and no keys in a file
	counts := map[string]int{}
	for name, q := range map[string]diag.Query{
		"tcp":     {Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: all},
		"tcp6":    {Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, Want: all},
		"udp":     {Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, Want: diag.HasSkMem},
		"udp6":    {Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP, Want: diag.HasSkMem},
		"udplite": {Family: unix.AF_INET, Protocol: unix.IPPROTO_UDPLITE},
		"raw":     {Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW},
		"icmp":    {Family: unix.AF_INET, Protocol: unix.IPPROTO_ICMP},
		"mptcp":   {Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Want: diag.HasMPTCPInfo},
		"unix":    {Family: unix.AF_UNIX, Want: ^diag.Fields(0), Pending: true},
		"packet":  {Family: unix.AF_PACKET, Want: ^diag.Fields(0)},
		"netlink": {Family: unix.AF_NETLINK, Want: ^diag.Fields(0)},
	} {
		for _, err := range c.Sockets(t.Context(), &q) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			counts[name]++
		}
		if counts[name] == 0 {
			t.Errorf("%s: no sockets", name)
		}
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if n := c.Stats().Malformed; n > 0 {
		t.Errorf("%d malformed attributes", n)
	}
	t.Logf("sockets: %v", counts)
}

// fixtureUnix makes unix sockets whose names are the same every time.
func fixtureUnix(t *testing.T, ns *harness.NS) {
	t.Helper()
	for i, typ := range []int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET} {
		socketpair(t, typ)
		name := "@nlstat\x00fixture" + strings.Repeat("+", i)
		listener := ns.Socket(unix.AF_UNIX, typ, 0)
		bindUnix(t, listener.FD, name)
		if err := unix.Listen(listener.FD, 8); err != nil {
			t.Fatal(err)
		}
		client := ns.Socket(unix.AF_UNIX, typ, 0)
		if err := unix.Connect(client.FD, &unix.SockaddrUnix{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	socketpair(t, unix.SOCK_DGRAM)
}
