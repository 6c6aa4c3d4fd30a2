//go:build linux

package link

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

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

// TestEventFixtures decodes recorded events of a veth pair and of addresses.
func TestEventFixtures(t *testing.T) {
	var c Conn
	var b strings.Builder
	eachEvent(t, "events.raw", func(m nl.Message) {
		l, err := c.linkEvent(&Link{}, m)
		if err != nil || l == nil {
			t.Fatalf("%v, %v", l, err)
		}
		fmt.Fprintf(&b, "%s up %t mtu %d deleted %t\n", l.Name(), l.Up(), l.MTU, l.Deleted)
		if clone := l.Clone(); clone.Deleted != l.Deleted {
			t.Error("a clone lost what happened")
		}
	})
	eachEvent(t, "addresses.raw", func(m nl.Message) {
		a, err := c.addressEvent(&Address{}, m)
		if err != nil || a == nil {
			t.Fatalf("%v, %v", a, err)
		}
		fmt.Fprintf(&b, "%v valid %v deleted %t\n", a.Prefix, a.Valid, a.Deleted)
		if clone := a.Clone(); clone.Deleted != a.Deleted {
			t.Error("a clone lost what happened")
		}
	})
	golden(t, "events.golden", b.String())
	if c.Stats().Malformed != 0 {
		t.Errorf("%d malformed attributes", c.Stats().Malformed)
	}
}

func FuzzEvents(f *testing.F) {
	for _, name := range []string{"events.raw", "addresses.raw"} {
		eachEvent(f, name, func(m nl.Message) { f.Add(m.Type, m.Flags, bytes.Clone(m.Payload)) })
	}
	f.Fuzz(func(t *testing.T, typ, flags uint16, b []byte) {
		var c Conn
		m := nl.Message{Type: typ, Flags: flags, Payload: b}
		if l, err := c.linkEvent(&Link{}, m); err == nil && l != nil {
			if l.Clone().Deleted != l.Deleted {
				t.Error("a clone lost what happened")
			}
		}
		if a, err := c.addressEvent(&Address{}, m); err == nil && a != nil {
			if a.Clone().Prefix != a.Prefix {
				t.Error("a clone has another address")
			}
		}
	})
}
