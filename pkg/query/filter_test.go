//go:build linux

package query

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
)

// scene is a listener, a client and the accepted connection.
type scene struct{ server, client string }

func newScene(t *testing.T) scene {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // no data to lose
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // likewise
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() }) // likewise
	return scene{l.Addr().String(), c.LocalAddr().String()}
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func open(t *testing.T) *inspect.Session {
	t.Helper()
	s, err := inspect.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // likewise
	return s
}

// list returns the local ends of the sockets that a filter selects.
func list(t *testing.T, s *inspect.Session, text string) (found []string) {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := f.Plan(0)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range s.Sockets(t.Context(), plan) {
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		found = append(found, row.Local.String())
	}
	slices.Sort(found)
	return found
}

// TestPlan lists the sockets of a connection by filters with and without joins.
func TestPlan(t *testing.T) {
	at := newScene(t)
	s := open(t)
	in, out := port(at.server), port(at.client)
	accepted := at.server // has the same local end as the listener
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"listening :" + in, []string{at.server}},
		{":" + in + " and not listening", []string{accepted, at.client}},
		{"sport = :" + in + " and established", []string{accepted}},
		{"src " + at.client + " and dst " + at.server, []string{at.client}},
		{fmt.Sprintf("port in (%s,%s) and pid=%d", in, out, os.Getpid()), []string{at.server, accepted, at.client}},
		{"listening :" + in + " and peer_process=query.test", nil},
		{"established :" + in + " and peer_process=query.test", []string{accepted, at.client}},
		{fmt.Sprintf("udp :%s and pid=%d", in, os.Getpid()), nil},
		{"rtt>100s and :" + in, nil},
	} {
		slices.Sort(tt.want)
		if got := list(t, s, tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.text, got, tt.want)
		}
	}
	if n, all := len(list(t, s, "")), len(list(t, s, "tcp or udp")); n < 3 || all < 3 {
		t.Errorf("the empty filter selects %d sockets, tcp or udp %d", n, all)
	}
}

// TestWatchPlan watches a listener that is opened and closed.
func TestWatchPlan(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse("listening :" + port(l.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	var seen []inspect.Change
	for e, err := range open(t).Watch(t.Context(), f.WatchPlan(inspect.NeedOwner), 10*time.Millisecond) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Row == nil {
			continue
		}
		seen = append(seen, e.Change)
		if e.Change == inspect.ChangeRemoved {
			break
		}
		if holders := e.Row.Processes(); len(holders) != 1 || int(holders[0].PID) != os.Getpid() {
			t.Errorf("%v holds the listener, not %d", holders, os.Getpid())
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(seen, []inspect.Change{inspect.ChangePresent, inspect.ChangeRemoved}) {
		t.Errorf("changes %v", seen)
	}
}

// TestErrors parses malformed filters, and tests that are not supported.
func TestErrors(t *testing.T) {
	_, err := Parse("listening and prot=tcp")
	if e, ok := errors.AsType[*Error](err); !ok || e.Pos != 14 || e.Len != 4 || e.Hint != `"port"` ||
		!strings.Contains(err.Error(), "\n  listening and prot=tcp\n") {
		t.Errorf("%#v", err)
	}
	if _, err := Parse("remote_host=example.org"); !errors.Is(err, ErrHosts) {
		t.Errorf("%v, want ErrHosts", err)
	}
	f, err := Parse("age>5s and tcp")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Plan(0); !errors.Is(err, ErrWatch) {
		t.Errorf("%v, want ErrWatch", err)
	}
	if got := f.String(); got != "age>5s and proto=tcp" {
		t.Errorf("canonical form %q", got)
	}
	if got := f.Fields(); !slices.Equal(got, []string{"age", "proto"}) {
		t.Errorf("fields %q", got)
	}
	if f, err = Parse("send_rate>1M"); err != nil {
		t.Fatal(err)
	}
	if p, err := f.Plan(0); err != nil || p.Interval != time.Second {
		t.Errorf("%+v, %v; want two samples", p, err)
	}
}
