//go:build linux

package conntrack

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

// TestEventFixtures decodes recorded events of flows: one that changed, and a translated one and its end.
func TestEventFixtures(t *testing.T) {
	var c Conn
	var got []string
	eachEvent(t, "events.raw", func(m nl.Message) {
		f, err := c.event(&Flow{}, m)
		if err != nil || f == nil {
			t.Fatalf("%v, %v", f, err)
		}
		got = append(got, fmt.Sprint(f.Event, " ", f.Orig.Source(), " ", f.Mark, " ", f.Translated()))
	})
	want := []string{
		"new 10.0.0.3:5353 0 false", "update 10.0.0.3:5353 5 false", "destroy 10.0.0.3:5353 5 false",
		"new 10.0.0.3:1000 0 true", "destroy 10.0.0.3:1000 0 true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzEvents(f *testing.F) {
	eachEvent(f, "events.raw", func(m nl.Message) { f.Add(m.Type, m.Flags, bytes.Clone(m.Payload)) })
	f.Fuzz(func(t *testing.T, typ, flags uint16, b []byte) {
		var c Conn
		flow, err := c.event(&Flow{}, nl.Message{Type: typ, Flags: flags, Payload: b})
		if err == nil && flow != nil && flow.Event == EventNone {
			t.Error("an event that tells nothing")
		}
	})
}
