//go:build integration

package integration

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/integration/load"
	"github.com/nlstat/nlstat/pkg/diag"
)

// soak returns how long tests that take long may take. They run by `make soak` alone.
func soak(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SOAK")
	if text == "" {
		t.Skip("takes long: `make soak` runs it")
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SOAK=%q: %v", text, err)
	}
	return d
}

// soakSockets is how many TCP sockets TestSoakMemory makes; NLSTAT_SOCKETS overrides it.
const soakSockets = 1_000_000

// TestSoakMemory lists a million sockets in a cgroup of 64 MiB.
func TestSoakMemory(t *testing.T) {
	soak(t)
	n := soakSockets
	if text := os.Getenv("NLSTAT_SOCKETS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	ns := harness.Crowded(t)
	l, err := load.Start(&load.Spec{TCP: n})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	for _, line := range []string{
		"ss -Htan", "ss -HtaniO", "ss -Htanp", "netstat -tan", "netstat -tanp", "nlstat -H", "nlstat --jsonl", "nlstat --csv",
	} {
		t.Run(line, func(t *testing.T) {
			fields := strings.Fields(line)
			start := time.Now()
			r := ns.With(t).Exec(&harness.Command{
				Path: harness.Program(t, fields[0]), Args: fields[1:], Boxes: []harness.Sandbox{harness.Memory64},
			})
			if rows := bytes.Count(r.Stdout, []byte("\n")); r.Code != 0 || rows < n || rows > n+2 {
				t.Errorf("exit code %d, %d rows, want %d; stderr %.200q", r.Code, rows, n, r.Stderr)
			}
			t.Logf("%d sockets in %v", n, time.Since(start).Round(time.Millisecond))
		})
	}
}

// TestSoakWatch watches, records and compares many sockets in small cgroups.
func TestSoakWatch(t *testing.T) {
	soak(t)
	file := filepath.Join(t.TempDir(), "sockets.nls")
	for _, part := range []struct {
		sockets int
		runs    []limited
	}{
		{100_000, []limited{
			{harness.Memory32, []string{"-w", "50ms", "--times", "4", "-n", "10"}, 10},
			{harness.Memory64, []string{"record", file}, 0},
			{harness.Memory64, []string{"diff", file, file}, 0},
		}},
		{300_000, []limited{
			{harness.Memory96, []string{"-w", "50ms", "--times", "2"}, 600_000},
			{harness.Memory96, []string{"-w", "50ms", "--times", "3", "--jsonl"}, 300_000},
			{harness.Memory64, []string{"record", file}, 0},
			{harness.Memory64, []string{"--replay", file}, 300_000},
		}},
	} {
		t.Run(strconv.Itoa(part.sockets), func(t *testing.T) {
			ns := harness.Crowded(t)
			l, err := load.Start(&load.Spec{TCP: part.sockets})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Stop()
			for _, r := range part.runs {
				r.run(t, ns)
			}
		})
	}
}

// limited is a run of nlstat in a cgroup with little memory.
type limited struct {
	memory harness.Sandbox
	args   []string
	rows   int // at least
}

func (l *limited) run(t *testing.T, ns *harness.NS) {
	t.Helper()
	r := ns.With(t).Exec(&harness.Command{
		Path: harness.Program(t, "nlstat"), Args: l.args, Boxes: []harness.Sandbox{l.memory},
	})
	if rows := bytes.Count(r.Stdout, []byte("\n")); r.Code != 0 || rows < l.rows {
		t.Errorf("nlstat %q in %s: exit code %d, %d rows, want %d; stderr %.200q",
			l.args, l.memory, r.Code, rows, l.rows, r.Stderr)
	}
}

// TestSoakChurn is TestChurn for as long as SOAK says.
func TestSoakChurn(t *testing.T) {
	end := time.Now().Add(soak(t))
	ns := harness.New(t)
	stable := map[uint16]bool{}
	for range stableSockets {
		stable[uint16(ns.Listen("127.0.0.1:0").Port())] = true
	}
	var made atomic.Int64
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ns.Do(func() {
			if err := churn(stop, &made); err != nil {
				t.Errorf("make connections: %v", err)
			}
		})
	})
	conn, err := diag.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // every dump was read to its end
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	start, dumps := time.Now(), 0
	for ; time.Now().Before(end) && !t.Failed(); dumps++ {
		checkDump(t, dumps, conn, &q, stable)
	}
	rate := float64(made.Load()) / time.Since(start).Seconds()
	close(stop)
	group.Wait()
	churned(t, &made, dumps)
	t.Logf("%d dumps of %d lasting sockets among %.0f connections a second", dumps, stableSockets, rate)
}
