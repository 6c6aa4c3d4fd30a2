//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// rowsOf runs nlstat with --json and returns its rows.
func rowsOf(t *testing.T, ns *harness.NS, args ...string) []map[string]any {
	t.Helper()
	r := ns.Run("nlstat", args...)
	var rows []map[string]any
	if err := json.Unmarshal(r.Stdout, &rows); err != nil {
		t.Fatalf("nlstat %s: exit code %d, %v\n%s", strings.Join(args, " "), r.Code, err, r.Stderr)
	}
	return rows
}

// TestNativeAgreesWithSS checks that nlstat has the rows of ss, with the same states and queues. Sockets that are
// only bound have a state of their own in nlstat.
func TestNativeAgreesWithSS(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	ss := map[string]int{}
	for line := range strings.Lines(string(ns.Run("ss", "-Htuan").Stdout)) {
		f := strings.Fields(line)
		if f[0] == "tcp" && f[1] == "UNCONN" {
			f[1] = "BOUND"
		}
		ss[strings.Join(f[:4], " ")]++
	}
	ours := map[string]int{}
	for _, row := range rowsOf(t, ns, "-a", "--json=proto,state,recvq,sendq") {
		ours[fmt.Sprintf("%v %v %v %v", row["proto"], row["state"], row["recvq"], row["sendq"])]++
	}
	for k, n := range ss {
		if ours[k] != n {
			t.Errorf("%s: ss has %d, nlstat %d", k, n, ours[k])
		}
	}
	if len(ours) != len(ss) {
		t.Errorf("nlstat has %d kinds of rows, ss %d", len(ours), len(ss))
	}
}

// TestNativePeerProcess checks that the processes at both ends of a connection over loopback are named.
func TestNativePeerProcess(t *testing.T) {
	ns := harness.New(t)
	server := ns.Listen("127.0.0.1:0")
	client := ns.TCP("127.0.0.2:0")
	client.Connect(server)
	server.Accept()
	rows := rowsOf(t, ns, "established", "tcp", "--json=local_addr,pid,process,peer_process")
	if len(rows) != 2 {
		t.Fatalf("got %d rows, want both ends: %v", len(rows), rows)
	}
	for _, row := range rows {
		if row["pid"] != float64(os.Getpid()) || row["peer_process"] != row["process"] {
			t.Errorf("row %v: want this process at both ends", row)
		}
	}
}

// TestNativeKill checks that kill closes only matching sockets, and only with --yes.
func TestNativeKill(t *testing.T) {
	ns := harness.New(t)
	doomed, spared := ns.Listen("127.0.0.1:0"), ns.Listen("127.0.0.1:0")
	filter := fmt.Sprintf("local_port=%d", doomed.Port())
	if r := ns.Run("nlstat", "kill", filter); r.Code != 0 || !strings.Contains(string(r.Stderr), "--yes") {
		t.Errorf("without --yes: exit code %d, stderr %q", r.Code, r.Stderr)
	}
	if n := len(rowsOf(t, ns, "listening", "--json")); n != 2 {
		t.Fatalf("%d listeners after a kill without --yes, want 2", n)
	}
	if r := ns.Run("nlstat", "kill", "--yes", filter); r.Code != 0 || !strings.Contains(string(r.Stdout), "closed") {
		t.Errorf("with --yes: exit code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
	}
	rows := rowsOf(t, ns, "listening", "--json=local_port")
	if len(rows) != 1 || rows[0]["local_port"] != float64(spared.Port()) {
		t.Errorf("listeners afterwards: %v, want the one on port %d", rows, spared.Port())
	}
	if r := ns.Run("nlstat", "kill", "--yes", filter); r.Code != 1 {
		t.Errorf("nothing left to kill: exit code %d, want 1", r.Code)
	}
}

// TestNativeDiff checks that a recording and the present differ only by changes, not by nlstat's own
// sockets.
func TestNativeDiff(t *testing.T) {
	ns := harness.New(t)
	file := t.TempDir() + "/then.nls"
	server := ns.Listen("127.0.0.1:0")
	if r := ns.Run("nlstat", "record", file); r.Code != 0 && r.Code != withoutRights {
		t.Fatalf("record: exit code %d, %s", r.Code, r.Stderr)
	}
	if r := ns.Run("nlstat", "diff", file, "--exit-status", "--jsonl"); r.Code == 1 || len(r.Stdout) > 0 {
		t.Errorf("nothing has happened: exit code %d\n%s", r.Code, r.Stdout)
	}
	port := server.Port()
	server.Close()
	r := ns.Run("nlstat", "diff", file, "--exit-status", "--jsonl=change,local_port")
	if want := fmt.Sprintf(`{"change":"closed","local_port":%d}`+"\n", port); string(r.Stdout) != want || r.Code != 1 {
		t.Errorf("exit code %d, got %swant %s", r.Code, r.Stdout, want)
	}
}

// TestNativeWait checks that wait ends when a listener appears, and when none is left.
func TestNativeWait(t *testing.T) {
	ns := harness.New(t)
	probe := ns.Listen("127.0.0.1:0")
	port := probe.Port()
	args := []string{"wait", "listening", fmt.Sprintf(":%d", port), "-q", "--timeout=10s"}
	if r := ns.Run("nlstat", args...); r.Code != 0 {
		t.Errorf("wait for what is there: exit code %d, %s", r.Code, r.Stderr)
	}
	if r := ns.Run("nlstat", append(args, "--gone", "--timeout=200ms")...); r.Code != 1 {
		t.Errorf("wait for the end of what stays: exit code %d, want 1", r.Code)
	}
	done := make(chan harness.Result)
	go func() { done <- ns.Run("nlstat", append(args, "--gone")...) }()
	probe.Close()
	if r := <-done; r.Code != 0 {
		t.Errorf("wait for the end of what ends: exit code %d, %s", r.Code, r.Stderr)
	}
}

// TestNativeNetns checks that a namespace is found by the process in it, and named among all.
func TestNativeNetns(t *testing.T) {
	ns := harness.New(t)
	server := ns.Listen("127.0.0.1:0")
	filter := fmt.Sprintf("listening local_port=%d", server.Port())
	path := ns.Path()
	outside := harness.New(t)
	rows := rowsOf(t, outside, "--netns", path, "--json=netns,pid", filter)
	if len(rows) != 1 || rows[0]["pid"] != float64(os.Getpid()) {
		t.Errorf("--netns %s: %v, want the listener of this process", path, rows)
	}
	found := 0
	for _, row := range rowsOf(t, outside, "--all-netns", "--json=netns,pid", filter) {
		if row["pid"] == float64(os.Getpid()) && row["netns"] != nil {
			found++
		}
	}
	if found != 1 {
		t.Errorf("--all-netns finds the listener %d times, want once", found)
	}
}
