//go:build linux

package route

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// eachEvent calls f with the events of a fixture, which integration/events_fixture_test.go made.
func eachEvent(t testing.TB, name string, f func(nl.Message)) {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // read-only
	for m, err := range nl.Capture(file, "read events") {
		switch {
		case errors.Is(err, nl.ErrUnexpectedEnd): // events have no end
		case err != nil:
			t.Skipf("%s: %v", name, err) // recorded in the other byte order
		default:
			f(m)
		}
	}
}

// TestEventFixtures decodes recorded events of routes, neighbors, rules and nexthop objects.
func TestEventFixtures(t *testing.T) {
	var c Conn
	var b strings.Builder
	eachEvent(t, "events.raw", func(m nl.Message) {
		r, err := c.routeEvent(&Route{}, m)
		if err != nil || r == nil {
			t.Fatalf("%v, %v", r, err)
		}
		fmt.Fprintf(&b, "%v via %v deleted %t replaced %t\n", r.Dst, r.Gateway, r.Deleted, r.Replaced)
		if clone := r.Clone(); clone.Deleted != r.Deleted || clone.Replaced != r.Replaced {
			t.Error("a clone lost what happened")
		}
	})
	eachEvent(t, "neighbors.raw", func(m nl.Message) {
		n, err := c.neighborEvent(&Neighbor{}, m)
		if err != nil || n == nil {
			t.Fatalf("%v, %v", n, err)
		}
		fmt.Fprintf(&b, "%v at %x %v deleted %t\n", n.Addr, n.HW(), n.State, n.Deleted)
		if clone := n.Clone(); clone.Deleted != n.Deleted {
			t.Error("a clone lost what happened")
		}
	})
	eachEvent(t, "rules.raw", func(m nl.Message) {
		r, err := c.ruleEvent(&Rule{}, m)
		if err != nil || r == nil {
			t.Fatalf("%v, %v", r, err)
		}
		fmt.Fprintln(&b, r)
		if clone := r.Clone(); clone.Deleted != r.Deleted {
			t.Error("a clone lost what happened")
		}
	})
	eachEvent(t, "nexthops.raw", func(m nl.Message) {
		n, err := c.nexthopEvent(&Nexthop{}, m)
		if err != nil || n == nil {
			t.Fatalf("%v, %v", n, err)
		}
		fmt.Fprintln(&b, n)
		if clone := n.Clone(); clone.Deleted != n.Deleted {
			t.Error("a clone lost what happened")
		}
	})
	golden(t, "events.golden", b.String())
	if c.Stats().Malformed != 0 {
		t.Errorf("%d malformed attributes", c.Stats().Malformed)
	}
}

// TestRulesOfMulticast checks that rules of multicast routing, whose events come by the groups of IP, are not
// taken for rules of IP.
func TestRulesOfMulticast(t *testing.T) {
	payload := make([]byte, ruleMsgLen)
	for family, want := range map[uint8]bool{unix.AF_INET: true, unix.AF_INET6: true, 128: false, 129: false} {
		payload[0] = family
		r, err := (&Conn{}).ruleEvent(&Rule{}, nl.Message{Type: unix.RTM_NEWRULE, Payload: payload})
		if err != nil || (r != nil) != want {
			t.Errorf("family %d: %v, %v", family, r, err)
		}
	}
}

func FuzzEvents(f *testing.F) {
	for _, name := range []string{"events.raw", "neighbors.raw", "rules.raw", "nexthops.raw"} {
		eachEvent(f, name, func(m nl.Message) { f.Add(m.Type, m.Flags, bytes.Clone(m.Payload)) })
	}
	f.Fuzz(func(t *testing.T, typ, flags uint16, b []byte) {
		var c Conn
		m := nl.Message{Type: typ, Flags: flags, Payload: b}
		if r, err := c.routeEvent(&Route{}, m); err == nil && r != nil {
			if r.Clone().Dst != r.Dst {
				t.Error("a clone has another destination")
			}
		}
		if n, err := c.neighborEvent(&Neighbor{}, m); err == nil && n != nil {
			if n.Clone().Addr != n.Addr {
				t.Error("a clone has another address")
			}
		}
		if r, err := c.ruleEvent(&Rule{}, m); err == nil && r != nil {
			if got := r.Clone().String(); got != r.String() {
				t.Errorf("%v is cloned as %s", r, got)
			}
		}
		if n, err := c.nexthopEvent(&Nexthop{}, m); err == nil && n != nil {
			if got := n.Clone().String(); got != n.String() {
				t.Errorf("%v is cloned as %s", n, got)
			}
		}
	})
}
