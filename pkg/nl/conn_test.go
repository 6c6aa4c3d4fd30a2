//go:build linux

package nl

import (
	"bytes"
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// udpRequest is a dump of all UDP sockets: struct inet_diag_req_v2.
func udpRequest() *Request {
	b := make([]byte, 56)
	b[0], b[1] = unix.AF_INET, unix.IPPROTO_UDP
	for i := range 4 {
		b[4+i] = 0xff // all states
	}
	return &Request{Op: "dump udp sockets", Type: unix.SOCK_DIAG_BY_FAMILY, Payload: b}
}

// kernel opens a Conn to the kernel and n UDP sockets to list.
func kernel(t *testing.T, cfg *Config, n int) *Conn {
	t.Helper()
	c, err := Dial(unix.NETLINK_SOCK_DIAG, cfg)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	for range n {
		s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
	}
	return c
}

func count(t *testing.T, c *Conn) int {
	t.Helper()
	n := 0
	for _, err := range c.Dump(t.Context(), udpRequest()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestKernelDump(t *testing.T) {
	for _, ahead := range []int{0, 1, 4} {
		c := kernel(t, &Config{ReadAhead: ahead}, 100)
		for range 3 { // the same socket serves many dumps
			if n := count(t, c); n < 100 {
				t.Errorf("read ahead %d: %d sockets, want at least 100", ahead, n)
			}
		}
	}
}

// TestTruncatedIsAnError checks that a buffer shorter than the kernel's datagram is an error, not a
// short list: 60 sockets fill the first datagram of 3.7 KiB.
func TestTruncatedIsAnError(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		c := kernel(t, &Config{bufferLen: 3000, ReadAhead: ahead}, 60)
		var err error
		for _, e := range c.Dump(t.Context(), udpRequest()) {
			err = e
		}
		if !errors.Is(err, ErrTruncated) {
			t.Errorf("read ahead %d: error = %v, want ErrTruncated", ahead, err)
		}
	}
}

// TestLeftEarly checks that a dump after one that was left early does not fail with EBUSY.
func TestLeftEarly(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		c := kernel(t, &Config{ReadAhead: ahead}, 400)
		for range 3 {
			for _, err := range c.Dump(t.Context(), udpRequest()) {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			if n := count(t, c); n < 400 {
				t.Errorf("read ahead %d: %d sockets after one left early, want at least 400", ahead, n)
			}
		}
	}
}

// TestIdleMemory checks that Conns that do not read have no buffers: programs keep one for each namespace.
func TestIdleMemory(t *testing.T) {
	const conns, each = 64, 8 << 10 // a buffer has 64 KiB
	memory := func() int64 {
		runtime.GC()
		runtime.GC() // the first one keeps what a sync.Pool has
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := memory()
	for i := range conns {
		c := kernel(t, &Config{ReadAhead: i % 2}, 0)
		count(t, c)
	}
	if used := memory() - before; used > conns*each {
		t.Errorf("%d idle Conns take %d bytes, want %d at most", conns, used, conns*each)
	}
}

func TestKernelRefusal(t *testing.T) {
	c := kernel(t, nil, 0)
	r := &Request{Op: "dump nonsense", Type: unix.SOCK_DIAG_BY_FAMILY, Payload: []byte{1}}
	var got *Error
	for _, err := range c.Dump(t.Context(), r) {
		if !errors.As(err, &got) {
			t.Fatalf("error = %v, want an *Error", err)
		}
	}
	if got == nil || got.Errno != unix.EINVAL || got.Op != "dump nonsense" {
		t.Errorf("error = %v, want EINVAL for what was tried", got)
	}
	if n := count(t, c); n < 0 {
		t.Errorf("%d sockets after a refusal", n)
	}
}

// TestCancel cancels a wait for events and a running dump.
func TestCancel(t *testing.T) {
	c := kernel(t, &Config{Events: 1}, 0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(10*time.Millisecond, cancel)
	for _, err := range c.Events(ctx, "wait for events") {
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want context.Canceled", err)
		}
	}

	c = kernel(t, nil, 400)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range c.Dump(ctx, udpRequest()) {
		cancel()
		last = err
	}
	if last != nil && !errors.Is(last, context.Canceled) {
		t.Errorf("dump error = %v, want context.Canceled", last)
	}
	if n := count(t, c); n < 400 {
		t.Errorf("%d sockets after a canceled dump, want at least 400", n)
	}
}

// TestRecordKernel replays the kernel's replies, read directly and ahead.
func TestRecordKernel(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		var b bytes.Buffer
		rec := NewRecorder(&b, nil, nil)
		c := kernel(t, &Config{Record: rec, ReadAhead: ahead}, 300)
		var want, got [][]byte
		for m, err := range c.Dump(t.Context(), udpRequest()) {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, bytes.Clone(m.Payload))
		}
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		recording, err := OpenRecording(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		replay, err := Dial(unix.NETLINK_SOCK_DIAG, &Config{Replay: recording})
		if err != nil {
			t.Fatal(err)
		}
		for m, err := range replay.Dump(t.Context(), udpRequest()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, bytes.Clone(m.Payload))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("read ahead %d: replay differs (-want +got):\n%s", ahead, diff)
		}
	}
}

func TestKernelAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	c := kernel(t, nil, 500)
	ctx, r := t.Context(), udpRequest()
	_ = count(t, c)
	allocs := testing.AllocsPerRun(20, func() {
		for _, err := range c.Dump(ctx, r) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	// A dump allocates a little for its context and closures, and nothing for each socket.
	if allocs > 16 {
		t.Errorf("%v allocations for a dump of 500 sockets, want at most 16", allocs)
	}
}
