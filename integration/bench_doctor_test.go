//go:build integration

package integration

import (
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/load"
)

// busyHost makes 200,000 sockets and a listener at port 8080.
func busyHost(b *testing.B) *harness.NS {
	b.Helper()
	ns := harness.Crowded(b)
	l, err := load.Start(&load.Spec{TCP: 200_000})
	if err != nil {
		b.Skip("needs processes with many descriptors: ", err)
	}
	b.Cleanup(l.Stop)
	ns.Listen("127.0.0.1:8080")
	return ns
}

// A cost is what one run of a program took.
type cost struct {
	wall, cpu time.Duration
	peak      int // KiB
	code      int
}

// spend runs nlstat.
func spend(b *testing.B, ns *harness.NS, args ...string) (c cost) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), harness.Program(b, "nlstat"), args...)
	ns.Do(func() {
		begun := time.Now()
		_ = cmd.Run() // the code tells
		c.wall = time.Since(begun)
	})
	s := cmd.ProcessState
	if s == nil {
		b.Fatal("nlstat does not start")
	}
	c.cpu, c.code = s.UserTime()+s.SystemTime(), s.ExitCode()
	if use, ok := s.SysUsage().(*syscall.Rusage); ok {
		c.peak = int(use.Maxrss)
	}
	return c
}

// BenchmarkDoctor makes all checks among 200,000 sockets. The goals are 1.5 s besides the wait, and 64 MiB.
func BenchmarkDoctor(b *testing.B) {
	ns := busyHost(b)
	const wait = 100 * time.Millisecond
	var beside, cpu time.Duration
	peak := 0
	for b.Loop() {
		c := spend(b, ns, "doctor", "--for", wait.String(), "--json")
		if c.code > 1 {
			b.Fatalf("exit code %d", c.code)
		}
		beside += c.wall - wait
		cpu += c.cpu
		peak = max(peak, c.peak)
	}
	b.ReportMetric(beside.Seconds()/float64(b.N), "s")
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(float64(peak)/1024, "MiB")
}

// BenchmarkWhy compares the search for the owner of a port by why and by listen, alternately. The goal is a
// ratio of at most 1.5.
func BenchmarkWhy(b *testing.B) {
	ns := busyHost(b)
	var why, listen []time.Duration
	for b.Loop() {
		for range 11 {
			listen = append(listen, spend(b, ns, "listen", ":8080").wall)
			why = append(why, spend(b, ns, "why", ":8080").wall)
		}
	}
	slices.Sort(why)
	slices.Sort(listen)
	w, l := why[len(why)/2], listen[len(listen)/2]
	b.ReportMetric(float64(w)/float64(l), "why/listen")
	b.ReportMetric(float64(w.Microseconds())/1000, "why-ms")
	b.ReportMetric(float64(l.Microseconds())/1000, "listen-ms")
}
