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
	"github.com/nlstat/nlstat/integration/load"
)

// What BenchmarkEvents makes: EVENTS=60s is the time of `make bench`.
const (
	eventsRate = 10_000 // connections a second
	eventsTime = 2 * time.Second
)

// BenchmarkEvents lets nlstat write an event for each of many short connections: all of them with the bytes that
// they sent, or the missing ones counted. The rate that the machine allows, the share of a core and the memory of
// nlstat are reported, not tested.
func BenchmarkEvents(b *testing.B) {
	length := eventsTime
	if text := os.Getenv("EVENTS"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			b.Fatal(err)
		}
	}
	ns := harness.Crowded(b)
	for b.Loop() {
		l := load.Short{Rate: eventsRate, Threads: 2}
		if err := l.Listen(); err != nil {
			b.Fatal(err)
		}
		f := follow(b, ns, "events", "--jsonl=bytes_sent,lost_events", "bytes_sent>0 or sport "+strconv.Itoa(probePort))
		f.ready(ns)
		read := make(chan eventSum)
		var told atomic.Int64
		go func() { read <- f.sums(&told) }()
		took, err := l.Run(length)
		l.Close()
		if err != nil {
			b.Fatal(err)
		}
		// The kernel sends each event on the processor that closed the socket, which may be busy.
		for late := time.Now().Add(10 * time.Second); told.Load() < int64(l.Count) && time.Now().Before(late); {
			time.Sleep(10 * time.Millisecond)
		}
		peak := peakKiB(b, f.cmd.Process.Pid)
		if err := f.cmd.Process.Signal(unix.SIGINT); err != nil {
			b.Fatal(err)
		}
		got := <-read
		_ = f.cmd.Wait() // its output is checked
		if wrong := got.compare(&l); wrong != "" {
			b.Errorf("%s; %d lost\n%s", wrong, got.lost, &f.stderr)
		}
		spent := f.cmd.ProcessState.UserTime() + f.cmd.ProcessState.SystemTime()
		b.ReportMetric(float64(l.Count), "conns")
		b.ReportMetric(float64(l.Count)/took.Seconds(), "conns/s")
		b.ReportMetric(float64(got.n), "events")
		b.ReportMetric(float64(got.lost), "lost")
		b.ReportMetric(100*spent.Seconds()/took.Seconds(), "%core")
		b.ReportMetric(float64(peak)/1024, "MiB")
	}
}

// An eventSum counts events by the number of bytes that the server sent.
type eventSum struct {
	sizes       [load.MaxShortSize + 1]int
	n, sum      int
	lost, wrong int // wrong are those of a size that no connection has
}

// sums reads events to their end, and counts those that it has read. Decoding their JSON would take more time
// than making them.
func (f *following) sums(told *atomic.Int64) (s eventSum) {
	for f.lines.Scan() {
		line := f.lines.Bytes()
		s.lost += field(line, `"lost_events":`)
		switch sent := field(line, `"bytes_sent":`); {
		case sent >= len(s.sizes):
			s.wrong++
		case sent > 0:
			s.sizes[sent]++
			s.n++
			s.sum += sent
		}
		told.Store(int64(s.n + s.lost))
	}
	return s
}

// compare tells what is wrong with the events of some connections, "" if nothing is. The lost ones also count
// those of the clients, of which there are as many, and which no other event tells.
func (s *eventSum) compare(l *load.Short) string {
	missing := l.Count - s.n
	if s.wrong > 0 || s.lost == 0 && missing != 0 || missing < 0 || s.lost < missing || s.lost > missing+l.Count {
		return fmt.Sprintf("%d events with %d bytes of %d connections with %d, %d others", s.n, s.sum, l.Count, l.Bytes, s.wrong)
	}
	for size, n := range l.Sizes {
		if s.sizes[size] > n || s.lost == 0 && s.sizes[size] != n {
			return fmt.Sprintf("%d events of %d bytes, and %d such connections", s.sizes[size], size, n)
		}
	}
	return ""
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
