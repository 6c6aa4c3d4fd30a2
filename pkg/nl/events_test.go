//go:build linux

package nl

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// listener returns a Conn that joined the group of links.
func listener(t *testing.T, cfg *Config) *Conn {
	t.Helper()
	c, err := Dial(unix.NETLINK_ROUTE, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // no data to lose
	return c
}

// wait follows events for a moment and returns the error that ends the loop.
func wait(t *testing.T, c *Conn, d time.Duration) (last error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for _, err := range c.Events(ctx, "wait for events") {
		last = err
	}
	return last
}

// TestEventsAgain follows events twice on one Conn. The end of the first loop does not affect the second.
func TestEventsAgain(t *testing.T) {
	c := listener(t, &Config{Events: unix.RTMGRP_LINK})
	for range 3 {
		begin := time.Now()
		if err := wait(t, c, 20*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want context.DeadlineExceeded", err)
		}
		if time.Since(begin) < 20*time.Millisecond {
			t.Error("the loop ended before its time")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Events(ctx, "wait for events") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want context.Canceled", err)
		}
	}
}

// TestEventsRefused checks that a loop that could not receive any event ends with the reason.
func TestEventsRefused(t *testing.T) {
	closed := listener(t, &Config{Events: unix.RTMGRP_LINK})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		conn *Conn
		want error
	}{
		{"no group", listener(t, nil), ErrNoGroup},
		{"closed", closed, net.ErrClosed},
		{"recording", &Conn{shared: &shared{cfg: Config{Replay: &Recording{}, Events: 1}}}, ErrReplayEvents},
	} {
		n := 0
		for _, err := range tt.conn.Events(t.Context(), "wait for events") {
			if n++; !errors.Is(err, tt.want) {
				t.Errorf("%s: error = %v, want %v", tt.name, err, tt.want)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d errors, want 1", tt.name, n)
		}
	}
}

// TestFollowOtherGroup checks that a loop over events of a group that was not joined ends, although others were.
func TestFollowOtherGroup(t *testing.T) {
	c := listener(t, &Config{Events: unix.RTMGRP_LINK})
	take := func(Message) (*Message, error) { return nil, errors.New("an event") }
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	var all []error
	for _, err := range Follow(ctx, c, unix.RTMGRP_NEIGH, "watch neighbors", take) {
		all = append(all, err)
	}
	if len(all) != 1 || !errors.Is(all[0], ErrNoGroup) {
		t.Errorf("errors %v, want %v alone", all, ErrNoGroup)
	}
}

// TestEventsWithoutSocket checks that groups are not left out in silence.
func TestEventsWithoutSocket(t *testing.T) {
	if _, err := Dial(unix.NETLINK_ROUTE, &Config{Events: unix.RTMGRP_LINK, NoSocket: true}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("error = %v, want EINVAL", err)
	}
}

// TestEventsLost fills the queue of user sockets, which any process may send to, and counts what is
// dropped: the loss is reported once, after the messages before it.
func TestEventsLost(t *testing.T) {
	const group, total = 1, 400
	c, err := Dial(unix.NETLINK_USERSOCK, &Config{Events: group, EventMemory: 1})
	if err != nil {
		t.Skip(err)
	}
	defer c.Close()                       //nolint:errcheck // no data to lose
	if err := disconnect(c); err != nil { // from the kernel, which sends nothing of this protocol
		t.Fatal(err)
	}
	send := broadcaster(t, group)
	for range total {
		send()
	}
	got, lost, tells := 0, uint64(0), 0
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for m, err := range c.Events(ctx, "wait for events") {
		var l *LostError
		switch {
		case errors.As(err, &l):
			if !errors.Is(err, unix.ENOBUFS) || l.Count == 0 {
				t.Errorf("%v is not ENOBUFS with a number", err)
			}
			tells++
			if lost += l.Count; got+int(lost) != total {
				t.Errorf("%d lost reported after %d of %d messages", lost, got, total)
			}
		case err != nil:
			t.Fatalf("%v after %d and %d lost", err, got, lost)
		case len(m.Payload) != 1000:
			t.Errorf("a message of %d bytes", len(m.Payload))
		default:
			got++
		}
		if got+int(lost) == total {
			break
		}
	}
	if got == 0 || lost == 0 || tells != 1 || got+int(lost) != total {
		t.Errorf("%d of %d messages, %d lost, reported %d times", got, total, lost, tells)
	}
	send()
	for m, err := range c.Events(ctx, "wait for events") {
		if err != nil || len(m.Payload) != 1000 {
			t.Errorf("after the loss: %d bytes, %v", len(m.Payload), err)
		}
		break
	}
}

// disconnect allows other processes to send to the Conn's socket.
func disconnect(c *Conn) (err error) {
	ctl := c.events.raw.Control(func(fd uintptr) {
		if errno := connectNobody(fd); errno != 0 {
			err = os.NewSyscallError("connect", errno)
		}
	})
	return errors.Join(ctl, err)
}

// broadcaster returns a function that sends a message of 1000 bytes to a group.
func broadcaster(t *testing.T, group uint32) func() {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_USERSOCK)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) }) // no data to lose
	b := AppendRequest(nil, 77, 0, Header{}, make([]byte, 1000))
	return func() {
		t.Helper()
		to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: group}
		if err := unix.Sendto(fd, b, 0, to); err != nil && !errors.Is(err, unix.ECONNREFUSED) {
			t.Skip(err) // a user without rights
		}
	}
}
