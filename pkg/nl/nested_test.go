//go:build linux

package nl

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNested sends a request within the loop over the replies to another, which goes on.
func TestNested(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		c := kernel(t, &Config{ReadAhead: ahead}, 300)
		n := 0
		for _, err := range c.Dump(t.Context(), udpRequest()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n%100 == 1 {
				if inner := count(t, c); inner < 300 {
					t.Errorf("read ahead %d: %d sockets within a loop, want at least 300", ahead, inner)
				}
			}
		}
		if n < 300 {
			t.Errorf("read ahead %d: %d sockets, want at least 300", ahead, n)
		}
		if len(c.sockets) != 1 {
			t.Errorf("%d sockets are kept, want 1", len(c.sockets))
		}
	}
}

// TestGoroutines uses one Conn from four goroutines.
func TestGoroutines(t *testing.T) {
	c := kernel(t, nil, 300)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 5 {
				if n := count(t, c); n < 300 {
					t.Errorf("%d sockets, want at least 300", n)
				}
			}
		})
	}
	group.Wait()
}

// leave leaves a loop after the first socket.
func leave(t *testing.T, c *Conn) {
	t.Helper()
	for _, err := range c.Dump(t.Context(), udpRequest()) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

// Descriptors counts the sockets and namespaces that this process has open.
func Descriptors(t *testing.T) (n int) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	for _, fd := range all {
		to, err := os.Readlink("/proc/self/fd/" + fd.Name())
		if err == nil && (strings.HasPrefix(to, "socket:") || strings.HasPrefix(to, "net:")) {
			n++
		}
	}
	return n
}

// TestClosed uses a Conn that was closed before its first request, after it, and within a loop.
func TestClosed(t *testing.T) {
	before := Descriptors(t)
	for _, cfg := range []*Config{nil, {ReadAhead: 2}, {Events: 1}, {NoSocket: true}} {
		c, err := Dial(unix.NETLINK_SOCK_DIAG, cfg)
		if err != nil {
			t.Fatal(err)
		}
		leave(t, c)
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		for _, err := range c.Dump(t.Context(), udpRequest()) {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("error = %v, want net.ErrClosed", err)
			}
		}
		if n := Descriptors(t); n != before {
			t.Errorf("%+v: %d sockets and namespaces are open, want %d", cfg, n, before)
		}
	}
}

// TestClosedWithin closes a Conn within a loop, which ends with an error.
func TestClosedWithin(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		c := kernel(t, &Config{ReadAhead: ahead, bufferLen: 8 << 10}, 1500)
		var last error
		for _, err := range c.Dump(t.Context(), udpRequest()) {
			last = err
			if err == nil {
				_ = c.Close() // its error is that of the loop
			}
		}
		if !errors.Is(last, net.ErrClosed) && (ahead == 0 || last != nil) { // the goroutine may have read it all
			t.Errorf("read ahead %d: error = %v, want net.ErrClosed", ahead, last)
		}
	}
}

// TestEventsOnce follows the events of one Conn in two loops.
func TestEventsOnce(t *testing.T) {
	c := listener(t, &Config{Events: unix.RTMGRP_LINK})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := c.follow(ctx); err != nil {
		t.Fatal(err)
	}
	for _, err := range c.Events(ctx, "watch") {
		if !errors.Is(err, ErrBusy) {
			t.Errorf("error = %v, want ErrBusy", err)
		}
	}
}

// elsewhere runs f on a thread in a new network namespace, which ends with the thread.
func elsewhere(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() { // for its thread
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			runtime.UnlockOSThread()
			done <- err
			return
		}
		defer close(done)
		f()
	}()
	if err := <-done; err != nil {
		t.Skipf("no network namespace: %v", err)
	}
}

// TestHome dumps, leaves a loop early and dumps again, after the thread has entered another namespace and
// the descriptor passed to Dial is closed. All replies are of the namespace of Dial.
func TestHome(t *testing.T) {
	const n = 30
	home := kernel(t, nil, n)
	fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip(err)
	}
	elsewhere(t, func() {
		foreign, err := Dial(unix.NETLINK_SOCK_DIAG, &Config{NetNS: fd})
		if err != nil {
			t.Fatal(err)
		}
		defer foreign.Close() //nolint:errcheck // no data to lose
		_ = unix.Close(fd)
		own, err := Dial(unix.NETLINK_SOCK_DIAG, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer own.Close() //nolint:errcheck // likewise
		for range 3 {
			for _, tt := range []struct {
				name  string
				c     *Conn
				least int
			}{{"before", home, n}, {"descriptor", foreign, n}, {"own", own, 0}} {
				leave(t, tt.c)
				if got := count(t, tt.c); got < tt.least || tt.least == 0 && got != 0 {
					t.Errorf("%s: %d sockets, want at least %d", tt.name, got, tt.least)
				}
			}
		}
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Fatal(err)
		}
		s, err := net.ListenUDP("udp4", &net.UDPAddr{}) // in the newest namespace
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // likewise
		own.sockets[0].left = true
		if got := count(t, own); got != 0 {
			t.Errorf("%d sockets of another namespace", got)
		}
	})
}

// refusing is a socket whose namespace cannot be read.
type refusing struct{ syscall.RawConn }

func (refusing) Control(func(uintptr)) error { return unix.EPERM }

// TestDrained sends requests when the namespace can no longer be entered: within a loop, and after one
// was left early.
func TestDrained(t *testing.T) {
	for _, ahead := range []int{0, 1, 4} {
		c := kernel(t, &Config{ReadAhead: ahead}, 400)
		c.netns = 1 // no thread is there
		c.sockets[0].raw = refusing{c.sockets[0].raw}
		var inner error
		n := 0
		for _, err := range c.Dump(t.Context(), udpRequest()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 1 {
				for _, err := range c.Dump(t.Context(), udpRequest()) {
					inner = err
				}
			}
		}
		if !errors.Is(inner, ErrBusy) || !errors.Is(inner, unix.EPERM) || n < 400 {
			t.Errorf("read ahead %d: %d sockets, want at least 400; within: %v, want ErrBusy", ahead, n, inner)
		}
		leave(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, err := range c.Dump(ctx, udpRequest()) {
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			cancel()
		}
		if n := count(t, c); n < 400 {
			t.Errorf("read ahead %d: %d sockets after loops that were left, want at least 400", ahead, n)
		}
	}
}
