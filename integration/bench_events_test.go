//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// What BenchmarkEvents makes: EVENTS=60s is the time of `make bench`.
const (
	eventsRate = 10_000 // connections a second
	eventsTime = 2 * time.Second
)

// A shortLoad makes connections, one after the other, each of which sends some bytes and ends.
type shortLoad struct {
	listener int
	to       unix.Sockaddr
	buf      [256]byte
	n, sum   int // connections and their bytes
}

// one makes a connection from the client's end to the server's and closes both.
func (l *shortLoad) one() error {
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(client) //nolint:errcheck // no data to lose
	if err := unix.Connect(client, l.to); err != nil {
		return err
	}
	server, _, err := unix.Accept4(l.listener, unix.SOCK_CLOEXEC)
	if err != nil {
		return err
	}
	size := 1 + l.n*7919%200
	_, err = unix.Write(server, l.buf[:size])
	_ = unix.Close(server) // the client reads to its end
	for err == nil {
		var got int
		if got, err = unix.Read(client, l.buf[:]); got == 0 {
			break
		}
	}
	l.n++
	l.sum += size
	return err
}

// run makes connections at a rate, or as fast as they can be made.
func (l *shortLoad) run(d time.Duration) (took time.Duration, err error) {
	for begun := time.Now(); took < d && err == nil; took = time.Since(begun) {
		if l.n < int(took.Seconds()*eventsRate) {
			err = l.one()
		} else {
			time.Sleep(time.Millisecond)
		}
	}
	return took, err
}

// BenchmarkEvents lets nlstat write an event for each of many short connections: all of them with the bytes that
// they sent, or the missing ones counted. Its share of a core and its memory are reported, not tested.
func BenchmarkEvents(b *testing.B) {
	length := eventsTime
	if text := os.Getenv("EVENTS"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			b.Fatal(err)
		}
	}
	ns := harness.Crowded(b)
	// TIME-WAIT records are not measured.
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_max_tw_buckets", []byte("1000"), 0o644); err != nil {
		b.Fatal(err)
	}
	listener := ns.Listen("127.0.0.1:0")
	if err := unix.SetNonblock(listener.FD, false); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f := follow(b, ns, "events", "--jsonl=local_port,bytes_sent,lost_events",
			fmt.Sprintf("(sport %d and bytes_sent>0) or sport %d", listener.Port(), probePort))
		f.ready(ns)
		read := make(chan eventSum)
		var told atomic.Int64
		go func() { read <- f.sums(&told) }()
		l := shortLoad{listener: listener.FD, to: listener.Name()}
		took, err := l.run(length)
		if err != nil {
			b.Fatal(err)
		}
		// The kernel sends each event on the processor that closed the socket, which may be busy.
		for late := time.Now().Add(10 * time.Second); told.Load() < int64(l.n) && time.Now().Before(late); {
			time.Sleep(10 * time.Millisecond)
		}
		peak := peakKiB(b, f.cmd.Process.Pid)
		if err := f.cmd.Process.Signal(unix.SIGINT); err != nil {
			b.Fatal(err)
		}
		got := <-read
		_ = f.cmd.Wait() // its output is checked
		if got.lost == 0 && (got.n != l.n || got.sum != l.sum) || got.n > l.n {
			b.Errorf("%d events with %d bytes of %d connections with %d; %d lost", got.n, got.sum, l.n, l.sum, got.lost)
		}
		spent := f.cmd.ProcessState.UserTime() + f.cmd.ProcessState.SystemTime()
		b.ReportMetric(float64(l.n)/took.Seconds(), "conns/s")
		b.ReportMetric(float64(got.n), "events")
		b.ReportMetric(float64(got.lost), "lost")
		b.ReportMetric(100*spent.Seconds()/took.Seconds(), "%core")
		b.ReportMetric(float64(peak)/1024, "MiB")
	}
}

// An eventSum is the sum of events.
type eventSum struct{ n, sum, lost int }

// sums reads events to their end, and counts those that it has read. Decoding their JSON would take more time than making them.
func (f *following) sums(told *atomic.Int64) (s eventSum) {
	for f.lines.Scan() {
		line := f.lines.Bytes()
		s.lost += field(line, `"lost_events":`)
		if sent := field(line, `"bytes_sent":`); sent > 0 {
			s.n++
			s.sum += sent
		}
		told.Store(int64(s.n + s.lost))
	}
	return s
}

// field returns the number that follows a name, 0 if there is none.
func field(line []byte, name string) int {
	_, rest, _ := bytes.Cut(line, []byte(name))
	end := bytes.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.Atoi(string(rest[:max(end, 0)])) // null is none
	return n
}

// peakKiB returns the largest resident set of a process.
func peakKiB(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(peak)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}
