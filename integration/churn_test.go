//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// churnDumps is how many dumps are made while connections come and go, stableSockets how many sockets
// stay meanwhile, and churnRate how many connections a second are wanted.
const (
	churnDumps    = 100
	stableSockets = 2000
	churnRate     = 11_000
)

// churn opens and closes connections until stop is closed and counts them. Resets keep TIME_WAIT from
// filling the table.
func churn(stop <-chan struct{}, made *atomic.Int64) error {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(listener) }() // holds no data
	addr := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 9}, Port: 9999}
	if err := unix.Bind(listener, addr); err != nil {
		return err
	}
	if err := unix.Listen(listener, 16); err != nil {
		return err
	}
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := connectOnce(listener, addr); err != nil {
			return err
		}
		made.Add(1)
	}
}

func connectOnce(listener int, addr unix.Sockaddr) error {
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(client) }() // resets, see below
	if err := unix.Connect(client, addr); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	server, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	if err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	if err := unix.SetsockoptLinger(client, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	return unix.Close(server)
}

// TestChurn lists sockets while thousands of others come and go every second: each stable one is
// reported exactly once by every dump.
func TestChurn(t *testing.T) {
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
	start := time.Now()
	conn, err := diag.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // every dump was read to its end
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	for i := range churnDumps {
		checkDump(t, i, conn, &q, stable)
	}
	rate := float64(made.Load()) / time.Since(start).Seconds()
	close(stop)
	group.Wait()
	t.Logf("%d dumps of %d lasting sockets among %.0f connections a second", churnDumps, stableSockets, rate)
	churned(t, &made, churnDumps)
	if rate < churnRate {
		t.Logf("fewer than the %d a second that were wanted: this machine is busy", churnRate)
	}
}

// churned fails unless some connections came and went during each dump.
func churned(t *testing.T, made *atomic.Int64, dumps int) {
	t.Helper()
	if n := made.Load(); n < int64(dumps) {
		t.Errorf("%d connections came and went during %d dumps: nothing was tried", n, dumps)
	}
}

func checkDump(t *testing.T, i int, conn *diag.Conn, q *diag.Query, stable map[uint16]bool) {
	t.Helper()
	seen := make(map[uint16]int, len(stable))
	for s, err := range conn.Sockets(t.Context(), q) {
		if err != nil {
			t.Fatalf("dump %d: %v", i, err)
		}
		if port := s.Local.Port(); s.State == diag.StateListen && stable[port] {
			seen[port]++
		}
	}
	for port := range stable {
		if seen[port] != 1 {
			t.Errorf("dump %d: the listener on port %d is there %d times", i, port, seen[port])
		}
	}
}

// TestDyingProcesses requests the owners of sockets while processes end.
func TestDyingProcesses(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	stop := make(chan struct{})
	var died atomic.Int64
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				r := ns.Exec(&harness.Command{Path: "/bin/sh", Args: []string{"-c", "for i in 1 2 3 4 5; do sleep 0 & done; wait"}})
				if r.Code == 0 {
					died.Add(6)
				}
			}
		}
	})
	for range 5 {
		for _, line := range []string{"ss -Htanp", "netstat -tanp", "nlstat -H"} {
			fields := strings.Fields(line)
			r := ns.Run(fields[0], fields[1:]...)
			if harness.OneUser() {
				r.Stderr = nil // both report processes that have ended
			}
			if r.Code != 0 || len(r.Stderr) != 0 || bytes.Count(r.Stdout, newline) < 20 {
				t.Errorf("%s exits with %d and %d lines: %s", line, r.Code, bytes.Count(r.Stdout, newline), r.Stderr)
			}
		}
	}
	close(stop)
	group.Wait()
	if died.Load() == 0 {
		t.Error("no process ended meanwhile: nothing was tried")
	}
}
