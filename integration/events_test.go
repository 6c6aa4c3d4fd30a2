//go:build integration

package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// An ending is a line of nlstat events.
type ending struct {
	Event       string  `json:"event"`
	Netns       string  `json:"netns"`
	LocalPort   int     `json:"local_port"`
	BytesSent   int     `json:"bytes_sent"`
	Process     string  `json:"process"`
	ProcessFrom string  `json:"process_from"`
	Duration    float64 `json:"duration"`
	Final       bool    `json:"final"`
	Lost        int     `json:"lost_events"`
}

// allDestroyed are the groups of SKNLGRP_INET_TCP_DESTROY to SKNLGRP_INET6_UDP_DESTROY.
const allDestroyed = 15

const endingFields = "--jsonl=event,netns,local_port,bytes_sent,process,process_from,duration,final,lost_events"

// shortConnections writes its port, and on a line serves as many connections as it is told, sends random numbers
// of bytes, and writes them, one a line.
const shortConnections = `
import random, socket, sys, threading
total = int(sys.argv[1])
server = socket.create_server(("127.0.0.1", 0), backlog=512)
address, log, left = server.getsockname(), [], iter(range(total))
print(address[1], flush=True)
sys.stdin.readline()
def serve():
    for _ in range(total):
        c, _ = server.accept()
        n = random.randrange(1, 30000)
        c.sendall(bytes(n))
        log.append(n)
        c.close()
def client():
    for _ in left:
        c = socket.create_connection(address)
        while c.recv(65536):
            pass
        c.close()
threads = [threading.Thread(target=f) for f in [serve] + 4 * [client]]
for t in threads: t.start()
for t in threads: t.join()
print(*log, sep="\n")
`

// A shortServer makes connections of some milliseconds to itself.
type shortServer struct {
	t    *testing.T
	port int
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *bufio.Scanner
}

func startShortServer(t *testing.T, ns *harness.NS, total int) *shortServer {
	t.Helper()
	s := &shortServer{t: t}
	s.cmd = exec.CommandContext(t.Context(), harness.Tool(t, "python3"), "-c", shortConnections, strconv.Itoa(total))
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		s.in, err = s.cmd.StdinPipe()
	}
	if err == nil {
		ns.Do(func() { err = s.cmd.Start() })
	}
	if err != nil {
		t.Fatal(err)
	}
	s.said = bufio.NewScanner(out)
	s.port = s.number()
	return s
}

// number reads one.
func (s *shortServer) number() int {
	s.t.Helper()
	s.said.Scan()
	n, err := strconv.Atoi(s.said.Text())
	if err != nil {
		s.t.Fatalf("the server says %q: %v", s.said.Text(), err)
	}
	return n
}

// serve makes the connections, and returns how many were sent each number of bytes.
func (s *shortServer) serve(total int) map[int]int {
	s.t.Helper()
	if _, err := io.WriteString(s.in, "\n"); err != nil {
		s.t.Fatal(err)
	}
	sent := map[int]int{}
	for range total {
		sent[s.number()]++
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatal(err)
	}
	return sent
}

// TestEventsBytes makes 10,000 connections of some milliseconds. The bytes of events are those of the
// server's own log, and the process is the server, whose listener was in a sample.
func TestEventsBytes(t *testing.T) {
	const total = 10000
	ns := harness.New(t)
	server := startShortServer(t, ns, total)
	f := follow(t, ns, "events", endingFields)
	f.ready(ns)
	want, got := server.serve(total), map[int]int{}
	from := map[string]int{}
	for n := 0; n < total; {
		e, ok := f.next()
		switch {
		case !ok:
			t.Fatalf("%d of %d events\n%s", n, total, &f.stderr)
		case e.Lost > 0:
			t.Fatalf("%d events were lost", e.Lost)
		case e.Event != "closed" || !e.Final:
			t.Fatalf("%+v", e)
		case e.LocalPort == server.port && e.BytesSent > 0: // not the listener
			n++
			got[e.BytesSent]++
			from[e.Process+" "+e.ProcessFrom]++
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%d numbers of bytes, the server has %d", len(got), len(want))
	}
	if known := from["python3 listener"] + from["python3 seen"]; known != total {
		t.Errorf("the server is known of %d of %d connections: %v", known, total, from)
	}
	if stderr := f.end(); stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
}

// TestEventsOwner closes a connection that was in a sample, and one that was in none, of a server that was.
func TestEventsOwner(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", "--every", "200ms", endingFields, "tcp")
	listener := ns.Listen("127.0.0.1:0")
	for {
		e, ok := f.next()
		if !ok {
			t.Fatalf("no event of the listener\n%s", &f.stderr)
		}
		if e.LocalPort == listener.Port() && (e.Event == "present" || e.Event == "new") {
			break
		}
	}
	meet := func() (client, server *harness.Socket) {
		client = ns.TCP("127.0.0.1:0")
		client.Connect(listener)
		return client, listener.Accept()
	}
	client, server := meet() // one that lives
	for {
		e, ok := f.next()
		if !ok {
			t.Fatalf("no event of the connection\n%s", &f.stderr)
		}
		if e.LocalPort == client.Port() && e.Event == "new" {
			break
		}
	}
	port := client.Port()
	client.Close()
	server.Close()
	short, other := meet()
	shortPort := short.Port()
	short.Close()
	other.Close()
	for left := map[int]bool{port: true, shortPort: true}; len(left) > 0; {
		e, ok := f.next()
		switch {
		case !ok:
			t.Fatalf("%v did not come\n%s", left, &f.stderr)
		case e.Event != "closed" || !left[e.LocalPort]:
			continue
		case e.LocalPort == port && (e.ProcessFrom != "seen" || e.Process == "" || e.Duration <= 0 || !e.Final):
			t.Errorf("a connection that was seen: %+v", e)
		}
		delete(left, e.LocalPort)
	}
	f.end()
}

// TestEventsShortInWatch checks that a watch reports connections that are shorter than its interval.
func TestEventsShortInWatch(t *testing.T) {
	ns := harness.New(t)
	listener := ns.Listen("127.0.0.1:0")
	f := follow(t, ns, "--watch=2s", endingFields)
	if e, ok := f.next(); !ok || e.Event != "present" { // the first sample
		t.Fatalf("%+v\n%s", e, &f.stderr)
	}
	client := ns.TCP("127.0.0.1:0")
	client.Connect(listener)
	server := listener.Accept()
	client.Write(1234)
	if n, err := unix.Read(server.FD, make([]byte, 2000)); n != 1234 {
		t.Fatalf("read %d: %v", n, err)
	}
	port := client.Port()
	client.Close()
	server.Close()
	for {
		e, ok := f.next()
		if !ok {
			t.Fatalf("the connection was not told\n%s", &f.stderr)
		}
		if e.LocalPort == port && e.Event == "closed" {
			if e.BytesSent != 1234 || !e.Final {
				t.Errorf("%+v", e)
			}
			break
		}
	}
	f.end()
}

// TestEventsInTable checks that the table of a watch shows connections that are shorter than its interval, once,
// and that groups are of what there is.
func TestEventsInTable(t *testing.T) {
	ns := harness.New(t)
	listener := ns.Listen("127.0.0.1:0")
	f := follow(t, ns, "--watch=1s", "--times", "4", "-c", "local_port,bytes_sent,state")
	groups := follow(t, ns, "--watch=1s", "--times", "4", "-g", "state")
	for _, f := range []*following{f, groups} {
		if !f.lines.Scan() { // the first frame
			t.Fatalf("no frame\n%s", &f.stderr)
		}
	}
	client := ns.TCP("127.0.0.1:0")
	client.Connect(listener)
	server := listener.Accept()
	client.Write(1234)
	if n, err := unix.Read(server.FD, make([]byte, 2000)); n != 1234 {
		t.Fatalf("read %d: %v", n, err)
	}
	row := fmt.Sprintf("x %d 1234 UNCONN", client.Port())
	client.Close()
	server.Close()
	shown := 0
	for f.lines.Scan() {
		if strings.Join(strings.Fields(f.lines.Text()), " ") == row {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("%q is shown %d times\n%s", row, shown, &f.stderr)
	}
	for groups.lines.Scan() {
		if strings.Contains(groups.lines.Text(), "UNCONN") {
			t.Errorf("a group of sockets that are gone: %s", groups.lines.Text())
		}
	}
	for _, f := range []*following{f, groups} {
		if err := f.cmd.Wait(); err != nil || f.stderr.Len() > 0 {
			t.Errorf("%v\n%s", err, &f.stderr)
		}
	}
}

// TestEventsNamespaces follows a temporary namespace: it is joined, its events are reported, and it is left
// so that it can be removed.
func TestEventsNamespaces(t *testing.T) {
	ns := harness.New(t)
	// Namespaces are found by samples, whose pace is otherwise that of all sockets of the machine.
	f := follow(t, ns, "events", "-A", "--every", "200ms", endingFields, "sport 4711 or sport 9")
	f.ready(ns)
	other := visit(t, ns, harness.Tool(t, "python3"), "-c", `
import socket, sys
print("there", flush=True)
sys.stdin.readline()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 4711))
s.close()
sys.stdin.readline()
`)
	f.joinedIn(other.cmd.Process.Pid, unix.NETLINK_SOCK_DIAG, allDestroyed)
	other.goOn()
	for {
		e, ok := f.next()
		if !ok {
			t.Fatalf("no event of the other namespace\n%s", &f.stderr)
		}
		if e.LocalPort == 4711 && e.Event == "closed" {
			if want := fmt.Sprintf("pid %d", other.cmd.Process.Pid); e.Netns != want {
				t.Errorf("namespace %q, want %q", e.Netns, want)
			}
			break
		}
	}
	other.leave()
	f.end()
}

// manyDatagrams closes so many UDP sockets.
const manyDatagrams = `
import socket, sys
for _ in range(int(sys.argv[1])):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
`

// TestEventsSlowReader does not read while sockets are closed: lost events are counted exactly, in limited
// memory.
func TestEventsSlowReader(t *testing.T) {
	const total = 300000
	ns := harness.New(t)
	f := follow(t, ns, "events", endingFields, "udp")
	f.ready(ns)
	if r := ns.Run(harness.Tool(t, "python3"), "-c", manyDatagrams, strconv.Itoa(total)); r.Code != 0 {
		t.Fatalf("%s", r.Stderr)
	}
	told, lost := 0, 0
	for told+lost < total {
		e, ok := f.next()
		if !ok {
			t.Fatalf("%d told and %d lost of %d\n%s", told, lost, total, &f.stderr)
		}
		if e.Event == "lost" {
			lost += e.Lost
			continue
		}
		told++
	}
	kib := peakKiB(t, f.cmd.Process.Pid)
	t.Logf("%d told, %d lost, %d KiB", told, lost, kib)
	if told+lost != total || lost == 0 || kib > 64<<10 {
		t.Errorf("%d told, %d lost of %d, %d KiB; want the rest lost, within 64 MiB", told, lost, total, kib)
	}
	if stderr := f.end(); !strings.Contains(stderr, "events were lost") {
		t.Errorf("stderr: %q", stderr)
	}
}

// TestEventsRefused checks what users without rights get, and what works without.
func TestEventsRefused(t *testing.T) {
	harness.NeedsUsers(t)
	ns := harness.New(t)
	nlstat := harness.Program(t, "nlstat")
	as := func(words ...string) harness.Result {
		words = append([]string{"--reuid=65534", "--clear-groups", nlstat}, words...)
		return ns.Run(harness.Tool(t, "setpriv"), words...)
	}
	r := as("events")
	if r.Code != 2 || !strings.Contains(string(r.Stderr), "CAP_NET_ADMIN") ||
		!strings.Contains(string(r.Stderr), "--watch --jsonl") || len(r.Stdout) > 0 {
		t.Errorf("events: %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	ns.Listen("127.0.0.1:8080")
	r = as("--watch=20ms", "--times", "2", "--jsonl=event,local_port", "listening")
	if !strings.Contains(string(r.Stdout), `"event":"present"`) {
		t.Errorf("a watch without rights: %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	r = as("--watch=20ms", "--times", "3", "listening")
	if strings.Count(string(r.Stdout), ":8080") != 3 || strings.Count(string(r.Stderr), "CAP_NET_ADMIN") != 1 {
		t.Errorf("a table without rights: %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
}

// TestEventsClosedPipe ends events by a reader that closes the pipe.
func TestEventsClosedPipe(t *testing.T) {
	ns := harness.New(t)
	f := follow(t, ns, "events", endingFields)
	f.ready(ns)
	if err := f.out.Close(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(patience, func() { _ = f.cmd.Process.Kill() }) // it is still there
	defer hung.Stop()
	if err := f.cmd.Wait(); err != nil || f.stderr.Len() > 0 {
		t.Errorf("%v\n%s", err, &f.stderr)
	}
}

// TestEventsSchema checks that the lines of a watch and those of events have the same fields.
func TestEventsSchema(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:0")
	fields := func(words ...string) (keys []string) {
		r := ns.Run(harness.Program(t, "nlstat"), append(words, "--jsonl", "listening")...)
		first, _, _ := bytes.Cut(r.Stdout, newline)
		d := json.NewDecoder(bytes.NewReader(first))
		for token, err := d.Token(); err == nil; token, err = d.Token() {
			if key, ok := token.(string); ok {
				var value json.RawMessage
				if err := d.Decode(&value); err != nil {
					t.Fatalf("%q: %v in %s", key, err, first)
				}
				keys = append(keys, key)
			}
		}
		if len(keys) < 20 {
			t.Fatalf("%q: %d, %q, %q", words, r.Code, r.Stdout, r.Stderr)
		}
		return keys
	}
	watched := fields("--watch=20ms", "--times", "1")
	if told := fields("events", "--every", "20ms", "--for", "1s"); !slices.Equal(watched, told) {
		t.Errorf("a watch has %q, events have %q", watched, told)
	}
}
