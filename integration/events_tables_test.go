//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A change is what a line of nlstat events TABLE says.
type change struct {
	Event, Netns, Name, State, Address, Dst, Gateway, Iface, Src, Host string

	Lost int `json:"lost_events"`
}

// nextChange returns the next line, which is of another table than those of [following.next].
func (f *following) nextChange() (c change) {
	f.t.Helper()
	late := time.AfterFunc(time.Minute, func() { _ = f.cmd.Process.Kill() }) // which ends the events
	defer late.Stop()
	if !f.lines.Scan() {
		f.t.Fatalf("no event\n%s", &f.stderr)
	}
	if err := json.Unmarshal(f.lines.Bytes(), &c); err != nil {
		f.t.Fatalf("%s: %v", f.lines.Text(), err)
	}
	return c
}

// await passes over lines until one is as wanted.
func (f *following) await(what string, wanted func(*change) bool) change {
	f.t.Helper()
	for range 1000 {
		if c := f.nextChange(); wanted(&c) {
			return c
		}
	}
	f.t.Fatalf("%s: not among 1000 events", what)
	return change{}
}

// joined waits until so many sockets are open.
func (f *following) joined(n int) {
	f.t.Helper()
	for late := time.Now().Add(time.Minute); f.sockets() < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			f.t.Fatalf("%d sockets, want %d\n%s", f.sockets(), n, &f.stderr)
		}
	}
}

// sockets returns the number of its sockets.
func (f *following) sockets() (n int) {
	f.t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", f.cmd.Process.Pid))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// ipRun runs ip(8), which has to succeed.
func ipRun(t *testing.T, ns *harness.NS, words ...string) {
	t.Helper()
	if r := ns.Run(harness.Tool(t, "ip"), words...); r.Code != 0 {
		t.Fatalf("ip %s: %s", strings.Join(words, " "), r.Stderr)
	}
}

// primed makes something happen again and again until it is told, so that all that follows is.
func (f *following) primed(again func(), told func(*change) bool) {
	f.t.Helper()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				again()
			}
		}
	}()
	f.await("the first", told)
	close(stop)
	<-done
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
	f := follow(t, ns, "events", "links", "--jsonl=event,name,state", "--set", "host=web-1", "name!=prime0")
	f.joined(3) // the last is that of a list
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
	ns.Veth("later0", "later1")
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
	ns.Veth("near0", "near1")
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

// TestEventsTableNamespaces joins a namespace that comes, and leaves it so that it can go.
func TestEventsTableNamespaces(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", "addresses", "-A", "--jsonl=event,netns,address")
	f.primed(primeAddress(t, ns), func(*change) bool { return true })
	before := f.sockets()
	other := exec.CommandContext(t.Context(), harness.Tool(t, "unshare"), "-n", "sh", "-c",
		"ip link set lo up; read word; ip addr add 10.4.0.1/32 dev lo; read word || true")
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	f.joined(before + 1)
	if _, err := in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	c := f.await("the address there", func(c *change) bool { return strings.HasPrefix(c.Address, "10.4.0.1") })
	if want := fmt.Sprintf("pid %d", other.Process.Pid); c.Netns != want {
		t.Errorf("namespace %q, want %q", c.Netns, want)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	for late := time.Now().Add(time.Minute); f.sockets() > before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d sockets, before it came %d", f.sockets(), before)
		}
	}
	f.end()
}

// TestEventsTableLost stops the program while more routes are added than the kernel queues: those that were
// lost are counted to the unit, and then all that are there are told.
func TestEventsTableLost(t *testing.T) {
	const total = 40000
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
	for count["present"] < total {
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
