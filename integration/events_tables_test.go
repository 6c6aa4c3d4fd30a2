//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A change is a line of nlstat events TABLE.
type change struct {
	Event, Netns, Name, State, Address, Dst, Gateway, Iface, Src, Host string

	Lost int `json:"lost_events"`
}

// ipRun runs ip(8), which has to succeed.
func ipRun(t *testing.T, ns *harness.NS, words ...string) {
	t.Helper()
	if r := ns.Run(harness.Tool(t, "ip"), words...); r.Code != 0 {
		t.Fatalf("ip %s: %s", strings.Join(words, " "), r.Stderr)
	}
}

// primeAddress adds and removes an address of its own.
func primeAddress(t *testing.T, ns *harness.NS) func() {
	t.Helper()
	return func() {
		ipRun(t, ns, "addr", "add", "127.9.9.9/32", "dev", "lo")
		ipRun(t, ns, "addr", "del", "127.9.9.9/32", "dev", "lo")
	}
}

// TestEventsLinks follows a link through its life.
func TestEventsLinks(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", "links", "--jsonl=event,name,state", "--set", "host=web-1")
	f.primed(func() {
		ipRun(t, ns, "link", "set", "lo", "alias", "one")
		ipRun(t, ns, "link", "set", "lo", "alias", "other")
	}, func(c *change) bool { return c.Name == "lo" })
	ipRun(t, ns, "link", "add", "tell0", "type", "veth", "peer", "name", "tell1")
	of := func(name, event string) {
		t.Helper()
		c := f.await(name+" "+event, func(c *change) bool { return c.Name == name && c.Event == event })
		if c.Host != "web-1" {
			t.Errorf("%+v: not the field of --set", c)
		}
	}
	of("tell0", "new")
	ipRun(t, ns, "link", "set", "tell0", "up")
	of("tell0", "changed")
	ipRun(t, ns, "link", "set", "tell0", "name", "tell2")
	ipRun(t, ns, "link", "set", "tell2", "down")
	of("tell2", "changed")
	ipRun(t, ns, "link", "del", "tell2")
	of("tell2", "closed")
	if stderr := f.end(); stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
}

// TestEventsAddresses follows addresses, filtered, with the name of a link that was made meanwhile.
func TestEventsAddresses(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", "addresses", "--jsonl=event,address,iface", "ipv4 or 10.7.0.0/16 or 127.9.0.0/16")
	f.primed(primeAddress(t, ns), func(*change) bool { return true })
	ns.Veth("later0", "", ns.NS, "later1", "")
	ipRun(t, ns, "addr", "add", "10.7.0.1/24", "dev", "later0")
	c := f.await("the new one", func(c *change) bool { return strings.HasPrefix(c.Address, "10.7.0.1") })
	if c.Event != "new" || c.Iface != "later0" {
		t.Errorf("%+v", c)
	}
	ipRun(t, ns, "link", "del", "later0")
	c = f.await("its end", func(c *change) bool { return strings.HasPrefix(c.Address, "10.7.0.1") })
	if c.Event != "closed" || c.Iface != "later0" {
		t.Errorf("%+v", c)
	}
	f.end()
}

// TestEventsRoutes tells a route that replaces another from a new one.
func TestEventsRoutes(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", "routes", "--jsonl=event,dst,gateway,iface")
	f.primed(primeAddress(t, ns), func(*change) bool { return true })
	ipRun(t, ns, "route", "add", "10.8.0.0/16", "dev", "lo")
	ipRun(t, ns, "addr", "add", "10.6.0.1/24", "dev", "lo")
	ipRun(t, ns, "route", "replace", "10.8.0.0/16", "via", "10.6.0.2")
	ipRun(t, ns, "route", "del", "10.8.0.0/16")
	var got []string
	for len(got) < 3 {
		c := f.await("the route", func(c *change) bool { return c.Dst == "10.8.0.0/16" })
		got = append(got, c.Event+" "+c.Gateway)
	}
	if want := "new |changed 10.6.0.2|closed 10.6.0.2"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
	f.end()
}

// TestEventsNeighbors follows a neighbor.
func TestEventsNeighbors(t *testing.T) {
	ns := harness.New(t)
	ns.Veth("near0", "", ns.NS, "near1", "")
	f := follow(t, ns, "events", "neighbors", "--jsonl=event,address,state,iface")
	prime := func() {
		ipRun(t, ns, "neigh", "replace", "10.5.0.9", "lladdr", "02:00:00:00:00:09", "dev", "near0")
		ipRun(t, ns, "neigh", "del", "10.5.0.9", "dev", "near0")
	}
	f.primed(prime, func(c *change) bool { return c.Address == "10.5.0.9" })
	ipRun(t, ns, "neigh", "add", "10.5.0.2", "lladdr", "02:00:00:00:00:02", "dev", "near0")
	ipRun(t, ns, "neigh", "change", "10.5.0.2", "nud", "stale", "dev", "near0")
	ipRun(t, ns, "neigh", "del", "10.5.0.2", "dev", "near0")
	for _, want := range []string{"new PERMANENT near0", "changed STALE near0"} {
		c := f.await(want, func(c *change) bool { return c.Address == "10.5.0.2" })
		if got := c.Event + " " + c.State + " " + c.Iface; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f.await("its end", func(c *change) bool { return c.Address == "10.5.0.2" && c.Event == "closed" })
	f.end()
}

// TestEventsTableNamespaces joins a new namespace, and leaves it so that it can be removed.
func TestEventsTableNamespaces(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", "addresses", "-A", "--jsonl=event,netns,address")
	f.primed(primeAddress(t, ns), func(*change) bool { return true })
	// Rows that exist when it is joined are not events, so that the new address may be missing; its end is
	// not.
	other := visit(t, ns, "sh", "-c", `ip link set lo up
echo there
read word
ip addr add 10.4.0.1/32 dev lo
ip addr del 10.4.0.1/32 dev lo
read word || true`)
	f.joinedIn(other.cmd.Process.Pid, unix.NETLINK_ROUTE, unix.RTMGRP_IPV4_IFADDR)
	other.goOn()
	c := f.await("the address there", func(c *change) bool { return strings.HasPrefix(c.Address, "10.4.0.1") })
	if want := fmt.Sprintf("pid %d", other.cmd.Process.Pid); c.Netns != want {
		t.Errorf("namespace %q, want %q", c.Netns, want)
	}
	other.leave()
	f.end()
}

// TestEventsTableLost stops the program while more routes are added than the kernel queues: the lost events
// are counted exactly, and then all routes are listed.
func TestEventsTableLost(t *testing.T) {
	const total = 25000
	ns := harness.New(t)
	f := follow(t, ns, "events", "routes", "--jsonl=event,dst,lost_events", "dst=10.0.0.0/8 or event=lost or iface=lo")
	f.primed(primeAddress(t, ns), func(*change) bool { return true })
	if err := f.cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var batch strings.Builder
	for i := range total {
		fmt.Fprintf(&batch, "route add 10.%d.%d.%d/32 dev lo\n", i>>16, i>>8&255, i&255)
	}
	file := filepath.Join(t.TempDir(), "routes")
	if err := os.WriteFile(file, []byte(batch.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ipRun(t, ns, "-batch", file)
	if err := f.cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	lost := 0
	for count["present"] < total || count["new"]+lost < total {
		c := f.nextChange()
		lost += c.Lost
		if strings.HasPrefix(c.Dst, "10.") {
			count[c.Event]++
		}
	}
	t.Logf("%d told, %d lost", count["new"], lost)
	if lost == 0 || count["new"]+lost != total {
		t.Errorf("%d told and %d lost of %d", count["new"], lost, total)
	}
	if stderr := f.end(); !strings.Contains(stderr, "events were lost") {
		t.Errorf("stderr: %q", stderr)
	}
}
