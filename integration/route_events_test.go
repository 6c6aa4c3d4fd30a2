//go:build integration

package integration

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/route"
)

// toldOf returns a context that ends a watch without the expected events.
func toldOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("it was not told"))
	t.Cleanup(cancel)
	return ctx
}

// watchRoutes opens a connection that has joined some groups of a namespace.
func watchRoutes(t *testing.T, cfg *route.Config) *route.Conn {
	t.Helper()
	c, err := route.Dial(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // nothing was written
	return c
}

// TestWatchRules watches rules of both families: those that are there, a new one and its end.
func TestWatchRules(t *testing.T) {
	ns := harness.New(t)
	c := watchRoutes(t, &route.Config{NetNS: ns.FD(), Events: route.GroupRules})
	want := map[string]bool{
		"32766: from all lookup main":                                   true,
		"100: not from 192.0.2.0/24 fwmark 0x1/0xff lookup 7":           true,
		"100: not from 192.0.2.0/24 fwmark 0x1/0xff lookup 7 deleted":   true,
		"200: from all to 2001:db8::/32 ipproto 6 dport 80-90 prohibit": true,
	}
	began := false
	for r, err := range c.WatchRules(toldOf(t)) {
		if err != nil {
			t.Fatalf("%v: %v", err, want)
		}
		if !began {
			began = true
			ipRun(t, ns, strings.Fields("rule add priority 100 not from 192.0.2.0/24 fwmark 1/255 table 7")...)
			ipRun(t, ns, strings.Fields("rule del priority 100")...)
			ipRun(t, ns, strings.Fields("-6 rule add priority 200 to 2001:db8::/32 ipproto tcp dport 80-90 prohibit")...)
		}
		if delete(want, r.String()); len(want) == 0 {
			break
		}
	}
}

// TestWatchNexthops watches nexthop objects: one that is there, a new one and its end. The kernel does not tell
// of those that it removes with the state of their link.
func TestWatchNexthops(t *testing.T) {
	ns := harness.New(t)
	ns.Veth("hop0", "192.0.2.1/24", ns.NS, "hop1", "")
	if r := ns.Run(harness.Tool(t, "ip"), strings.Fields("nexthop add id 1 via 192.0.2.2 dev hop0")...); r.Code != 0 {
		t.Skipf("no nexthop objects, which came with Linux 5.3: %s", r.Stderr)
	}
	c := watchRoutes(t, &route.Config{NetNS: ns.FD(), Events: route.GroupNexthops})
	var told []string
	for n, err := range c.WatchNexthops(toldOf(t)) {
		if err != nil {
			t.Fatalf("%v: %q", err, told)
		}
		text := n.String()
		told = append(told, text)
		if len(told) == 1 {
			for _, do := range []string{
				"nexthop add id 2 blackhole", "nexthop add id 7 group 1,2", "nexthop del id 7", "nexthop del id 2",
				"link set hop0 down", "nexthop add id 9 blackhole",
			} {
				ipRun(t, ns, strings.Fields(do)...)
			}
		}
		if text == "id 9 blackhole" {
			break
		}
	}
	got := strings.Join(told, "\n") + "\n"
	for _, want := range []string{"id 1 via 192.0.2.2 if", "\nid 7 group 1,2\n", "\nid 7 group 1,2 deleted\n", "\nid 2 blackhole deleted\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("not told of %q:\n%s", want, got)
		}
	}
	for _, n := range told {
		if strings.HasPrefix(n, "id 1 ") && strings.HasSuffix(n, "deleted") {
			t.Errorf("%s: the documentation of NexthopEvents says that the kernel does not tell", n)
		}
	}
	if left, err := c.ListNexthops(t.Context(), 0); err != nil || len(left) != 1 {
		t.Errorf("%v, %v: want the last one alone", left, err)
	}
}
