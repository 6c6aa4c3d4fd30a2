//go:build linux

package diag

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

// TestEventFixtures decodes recorded events of closed sockets.
func TestEventFixtures(t *testing.T) {
	var c Conn
	var b strings.Builder
	eachEvent(t, "events.raw", func(m nl.Message) {
		s, err := c.event(&Socket{}, m)
		if err != nil || s == nil {
			t.Fatalf("%v, %v", s, err)
		}
		fmt.Fprintf(&b, "%d/%d %v %v %v sent %d received %d cookie %t has %v\n", s.Family, s.Protocol, s.Local, s.Remote,
			s.State, s.TCP.BytesSent, s.TCP.BytesReceived, s.Cookie != 0, s.Has)
		var again Socket
		q := Query{Family: s.Family, Protocol: s.Protocol}
		if err := q.Decode(&again, s.Source, s.Message()); err != nil || again.Cookie != s.Cookie || again.TCP != s.TCP {
			t.Errorf("decoded again: %+v, %v", again, err)
		}
		if s.Has&HasUID != 0 || s.Source != SourceEvent {
			t.Error("an event tells no user")
		}
	})
	const golden = "testdata/events.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil { //nolint:gosec // world-readable
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != b.String() {
		t.Errorf("%v, want %s\ngot %s", err, want, b.String())
	}
	if c.Stats().Malformed != 0 {
		t.Errorf("%d malformed attributes", c.Stats().Malformed)
	}
}

func FuzzEvents(f *testing.F) {
	eachEvent(f, "events.raw", func(m nl.Message) { f.Add(m.Type, bytes.Clone(m.Payload)) })
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		var c Conn
		s, err := c.event(&Socket{}, nl.Message{Type: typ, Payload: b})
		if err != nil || s == nil {
			return
		}
		clone := s.Clone()
		used := *s
		if _, err := used.DecodeEvent(b); err != nil || used.Local != clone.Local || used.TCP != clone.TCP || used.Has != clone.Has {
			t.Errorf("decoding into a used socket differs: %+v, %+v, %v", used, clone, err)
		}
	})
}
