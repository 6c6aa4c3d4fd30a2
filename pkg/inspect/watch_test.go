//go:build linux

package inspect

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// TestEndQueue fills a queue without a reader: its memory is limited, and further events are counted.
func TestEndQueue(t *testing.T) {
	var q endQueue
	q.init()
	message := make([]byte, 400)
	const total = 50000
	for range total {
		q.put(7, time.Unix(1, 0), message)
	}
	q.fail(&diag.LostError{Count: 5})
	ends, lost, blind, err := q.take()
	told := len(ends) / (endHead + len(message))
	if told+int(lost) != total+5 || lost == 0 || blind || err != nil || len(ends) > maxQueued {
		t.Errorf("%d kept, %d lost of %d, %d bytes, %t, %v", told, lost, total+5, len(ends), blind, err)
	}
	select {
	case <-q.ready:
	default:
		t.Error("nobody was woken")
	}
	broken := errors.New("broken")
	q.fail(&diag.LostError{})
	q.fail(broken)
	if ends, lost, blind, err := q.take(); len(ends) != 0 || lost != 0 || !blind || !errors.Is(err, broken) {
		t.Errorf("then %d bytes, %d lost, %t, %v", len(ends), lost, blind, err)
	}
}

// A watchScene is a watch of one namespace without a kernel.
type watchScene struct {
	t *testing.T
	*watch
	said []string
}

const sceneNetns = 7

func newScene(t *testing.T, filter func(*Row) bool) *watchScene {
	t.Helper()
	plan := Plan{Queries: TCP(), Needs: NeedOwner | NeedTCP}
	if filter != nil {
		plan.Filter = func(int) func(*Row) bool { return filter }
	}
	s := &watchScene{t: t, watch: newWatch(&Session{}, &plan, time.Second)}
	s.emit = func(e *Event) error {
		switch {
		case e.Row == nil && e.Change == ChangeLost:
			s.said = append(s.said, fmt.Sprintf("lost %d", e.Lost))
		case e.Row != nil:
			name := [...]string{
				ChangeNone: "same", ChangePresent: "present", ChangeAdded: "new", ChangeChanged: "changed", ChangeRemoved: "closed", ChangeLeft: "left", ChangeExpired: "expired",
			}[e.Change]
			s.said = append(s.said, fmt.Sprintf("%s %d %v from %d final %t", name, e.Row.Cookie, e.Row.State,
				e.Row.Life.From, e.Row.Life.Final))
		}
		return nil
	}
	s.watch.spaces[sceneNetns] = &watchedSpace{name: "blue", joins: &Joins{}}
	return s
}

// sample takes a sample of some sockets.
func (s *watchScene) sample(lost bool, sockets ...*diag.Socket) {
	s.t.Helper()
	s.now = time.Now()
	s.memory.Begin(s.now)
	for _, socket := range sockets {
		if err := s.observed(rowOf(s.t, sceneNetns, socket)); err != nil {
			s.t.Fatal(err)
		}
	}
	err := s.memory.settle(lost, func(r *Row, c Change) error {
		s.endLife(r, false)
		return s.show(r, c)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// ends adds the kernel's event of the end of a socket.
func (s *watchScene) ends(socket *diag.Socket) {
	s.t.Helper()
	last := *socket
	last.State = diag.StateClose
	message := inetMessage(&last)
	message = append(message, 5, 0, 10, 0, unix.IPPROTO_TCP, 0, 0, 0) // INET_DIAG_PROTOCOL
	if err := s.end(sceneNetns, time.Now(), message); err != nil {
		s.t.Fatal(err)
	}
}

func (s *watchScene) want(lines ...string) {
	s.t.Helper()
	if !slices.Equal(s.said, lines) {
		s.t.Errorf("events %q, want %q", s.said, lines)
	}
	s.said = nil
}

func connection(cookie uint64, state diag.State) *diag.Socket {
	s := tcp("192.0.2.1:80", fmt.Sprintf("192.0.2.2:%d", 1000+cookie), uint32(cookie))
	s.Cookie, s.State = cookie, state
	return s
}

// TestWatchMerges checks that each end is yielded once, from samples and from events.
func TestWatchMerges(t *testing.T) {
	s := newScene(t, nil)
	one, two := connection(1, diag.StateEstablished), connection(2, diag.StateEstablished)
	s.sample(false, one)
	s.want("present 1 ESTAB from 0 final false")
	s.sample(false, one, two)
	s.want("new 2 ESTAB from 0 final false")
	s.ends(connection(3, diag.StateEstablished)) // between samples
	s.want("closed 3 UNCONN from 0 final true")
	one.State = diag.StateCloseWait
	s.sample(false, one) // two is not listed, and its event did not come yet
	s.want("changed 1 CLOSE-WAIT from 0 final false")
	s.ends(two)
	s.want("closed 2 ESTAB from 0 final true")
	s.ends(one)
	s.want("closed 1 CLOSE-WAIT from 0 final true")
	gone := connection(1, diag.StateTimeWait) // its record has the same cookie
	s.sample(false, gone)
	s.want("new 1 TIME-WAIT from 0 final false")
	s.sample(false)
	s.want("expired 1 TIME-WAIT from 0 final false")
}

// TestWatchRecords checks that records of connections do not wait for an event: FIN-WAIT-2 without a
// socket, and TIME-WAIT.
func TestWatchRecords(t *testing.T) {
	s := newScene(t, nil)
	one := connection(1, diag.StateFinWait2)
	s.sample(false, one)
	s.ends(one)
	s.want("present 1 FIN-WAIT-2 from 0 final false", "closed 1 FIN-WAIT-2 from 0 final true")
	record := connection(1, diag.StateFinWait2)
	record.Timer = diag.TimerTimeWait
	s.sample(false, record)
	s.want("new 1 FIN-WAIT-2 from 0 final false")
	record.State = diag.StateTimeWait
	s.sample(false, record)
	s.want("changed 1 TIME-WAIT from 0 final false")
	s.sample(false)
	s.want("expired 1 TIME-WAIT from 0 final false")
	record.State = diag.StateFinWait2
	s.sample(false, record)
	s.sample(false)
	s.want("new 1 FIN-WAIT-2 from 0 final false", "expired 1 FIN-WAIT-2 from 0 final false")
}

// TestWatchLoss checks that a sample after a loss yields the missing ends.
func TestWatchLoss(t *testing.T) {
	s := newScene(t, nil)
	one := connection(1, diag.StateEstablished)
	s.sample(false, one)
	s.queue.fail(&diag.LostError{Count: 3})
	if err := s.drain(); err != nil || !s.resync {
		t.Fatalf("%v, a fresh sample follows: %t", err, s.resync)
	}
	s.sample(true)
	s.want("present 1 ESTAB from 0 final false", "lost 3", "closed 1 ESTAB from 0 final false")
}

// TestWatchFilter checks that a socket that no longer matches has left, and that a short connection matches
// by its former state.
func TestWatchFilter(t *testing.T) {
	s := newScene(t, func(r *Row) bool { return r.State == diag.StateEstablished })
	one := connection(1, diag.StateEstablished)
	s.sample(false, one)
	one.State = diag.StateCloseWait
	s.sample(false, one)
	s.ends(connection(2, diag.StateEstablished))
	s.ends(one)
	s.want("present 1 ESTAB from 0 final false", "left 1 CLOSE-WAIT from 0 final false", "closed 2 UNCONN from 0 final true")
}

// TestWatchUnjoined checks that samples yield every end without events of the kernel.
func TestWatchUnjoined(t *testing.T) {
	s := newScene(t, nil)
	delete(s.watch.spaces, sceneNetns)
	s.sample(false, connection(1, diag.StateEstablished), connection(2, diag.StateTimeWait))
	s.sample(false)
	s.want("present 1 ESTAB from 0 final false", "present 2 TIME-WAIT from 0 final false",
		"closed 1 ESTAB from 0 final false", "closed 2 TIME-WAIT from 0 final false")
}

// sampleServers adds a sample of listeners, each with the name of its process, from which the id is
// derived.
func sampleServers(t *testing.T, s *servers, h *holders, list [][2]string) {
	t.Helper()
	s.begin()
	for i, at := range list {
		inode, name := uint32(i+1), []byte(at[1])
		listener := tcp(at[0], "0.0.0.0:0", inode)
		listener.State = diag.StateListen
		if listener.Family == unix.AF_INET6 {
			listener.Remote = netip.MustParseAddrPort("[::]:0")
		}
		row := rowOf(t, sceneNetns, listener)
		row.Joins.Owners = &formerOwner{ref: [1]owner.Ref{{Inode: inode, PID: int32(name[0])}}, comm: name, name: name}
		s.add(h, row)
	}
	s.end()
}

// ownedBy returns an ended connection and the name of its owner.
func ownedBy(t *testing.T, s *servers, h *holders, netns uint64, local, remote string) (r *Row, name string) {
	t.Helper()
	r = rowOf(t, netns, tcp(local, remote, 0))
	r.Joins, r.Life.Ended = &Joins{}, time.Now()
	s.own(h, r)
	if refs := r.Holders(); len(refs) > 0 {
		name = string(r.Comm(refs[0].PID))
	}
	return r, name
}

// TestServersBetween finds the owner of a listener that was closed between two samples for its ended
// connections, and none if another process replaced it.
func TestServersBetween(t *testing.T) {
	var h holders
	var s servers
	find := func(want ...string) {
		t.Helper()
		for i, port := range [...]string{"80", "81", "82", "83"} {
			if _, got := ownedBy(t, &s, &h, sceneNetns, "192.0.2.1:"+port, "192.0.2.2:9"); got != want[i] {
				t.Errorf("port %s: %q, want %q", port, got, want[i])
			}
		}
	}
	sampleServers(t, &s, &h, [][2]string{{"0.0.0.0:80", "web"}, {"0.0.0.0:81", "old"}, {"0.0.0.0:82", "gone"}})
	s.forget(&h)
	find("web", "old", "gone", "")
	sampleServers(t, &s, &h, [][2]string{{"0.0.0.0:80", "web"}, {"0.0.0.0:81", "new"}, {"0.0.0.0:83", "late"}})
	find("web", "", "gone", "late")
	s.forget(&h)
	find("web", "new", "", "late")
	s.end()
	s.forget(&h)
	if len(h.numbers) > 0 {
		t.Errorf("unreferenced processes are kept: %v", h.numbers)
	}
}

// TestServers finds the owner of a connection's listener.
func TestServers(t *testing.T) {
	var h holders
	var s servers
	sampleServers(t, &s, &h, [][2]string{{"0.0.0.0:80", "web"}, {"[::]:81", "six"}, {"127.0.0.1:80", "inner"}})
	for _, tt := range []struct {
		local, remote string
		netns         uint64
		want          string
	}{
		{"192.0.2.1:80", "192.0.2.2:9", sceneNetns, "web"},
		{"127.0.0.1:80", "127.0.0.1:9", sceneNetns, "inner"},
		{"[2001:db8::1]:81", "[2001:db8::2]:9", sceneNetns, "six"},
		{"[::ffff:192.0.2.1]:81", "[::ffff:192.0.2.2]:9", sceneNetns, "six"}, // a socket of IPv6, like its listener
		{"192.0.2.1:81", "192.0.2.2:9", sceneNetns, ""},                      // an IPv4 socket has no IPv6 listener
		{"[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.2]:9", sceneNetns, ""},
		{"192.0.2.1:82", "192.0.2.2:9", sceneNetns, ""},
		{"192.0.2.1:80", "192.0.2.2:9", 8, ""},
		{"192.0.2.1:80", "0.0.0.0:0", sceneNetns, ""}, // the listener itself
	} {
		r, got := ownedBy(t, &s, &h, tt.netns, tt.local, tt.remote)
		if got != tt.want || (r.Life.From == OwnerOfListener) != (tt.want != "") {
			t.Errorf("%s in %d: %q, want %q", tt.local, tt.netns, got, tt.want)
		}
	}
}
