//go:build integration

package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A watching is a nlstat that watches and writes events.
type watching struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    io.Closer
	events *bufio.Scanner
	stderr bytes.Buffer
}

// watchIn begins to watch and returns after the first event.
func watchIn(t *testing.T, ns *harness.NS, words string) *watching {
	t.Helper()
	w := &watching{t: t, cmd: exec.CommandContext(t.Context(), harness.Program(t, "nlstat"),
		strings.Fields(words+" --watch=20ms")...)}
	w.cmd.Stderr = &w.stderr
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.out, w.events = out, bufio.NewScanner(out)
	ns.Do(func() { err = w.cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	w.next(`"event":"present"`)
	return w
}

// next reads events until one has all the parts.
func (w *watching) next(parts ...string) {
	w.t.Helper()
	late := time.AfterFunc(20*time.Second, func() { _ = w.cmd.Process.Kill() }) // which ends the events
	defer late.Stop()
	var seen []string
scan:
	for w.events.Scan() {
		line := w.events.Text()
		seen = append(seen, line)
		if !json.Valid([]byte(line)) {
			w.t.Errorf("this is not JSON: %s", line)
		}
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue scan
			}
		}
		return
	}
	w.t.Fatalf("no event with %q\n%s\n%s", parts, strings.Join(seen, "\n"), &w.stderr)
}

// end interrupts the watch.
func (w *watching) end() {
	w.t.Helper()
	if err := w.cmd.Process.Signal(unix.SIGINT); err != nil {
		w.t.Fatal(err)
	}
	for w.events.Scan() { // Wait closes the pipe
	}
	if err := w.cmd.Wait(); err != nil || w.stderr.Len() > 0 {
		w.t.Errorf("after SIGINT: %v\n%s", err, &w.stderr)
	}
}

// TestNativeWatch changes links, addresses, routes, neighbors and sockets during a watch.
func TestNativeWatch(t *testing.T) {
	ns := harness.New(t)
	ip := func(words string) {
		t.Helper()
		if r := ns.Run(harness.Tool(t, "ip"), strings.Fields(words)...); r.Code != 0 {
			t.Fatalf("ip %s: %s", words, r.Stderr)
		}
	}
	links := watchIn(t, ns, "links --jsonl=name,mtu,rx_packets")
	addresses := watchIn(t, ns, "addresses --jsonl=iface,address")
	routes := watchIn(t, ns, "routes --all --jsonl=dst,gateway,metric")
	ip("link add pea type veth peer name pod")
	ip("link set pea up")
	links.next(`"event":"new"`, `"name":"pea"`)
	ip("link set pea mtu 1400")
	links.next(`"event":"changed"`, `"name":"pea"`, `"mtu":1400`)
	ip("addr add 192.0.2.1/24 dev pea")
	addresses.next(`"event":"new"`, `"address":"192.0.2.1/24"`)
	ip("route add 198.51.100.0/24 via 192.0.2.2 metric 7 dev pea onlink")
	routes.next(`"event":"new"`, `"dst":"198.51.100.0/24","gateway":"192.0.2.2","metric":7`)
	ip("route replace 198.51.100.0/24 via 192.0.2.3 metric 7 dev pea onlink")
	routes.next(`"event":"changed"`, `"dst":"198.51.100.0/24","gateway":"192.0.2.3"`)
	ip("neigh add 192.0.2.9 lladdr 2:0:0:0:0:1 dev pea")
	neighbors := watchIn(t, ns, "neighbors --jsonl=address,mac 192.0.2.0/24")
	ip("neigh change 192.0.2.9 lladdr 2:0:0:0:0:2 dev pea")
	neighbors.next(`"event":"changed"`, `"address":"192.0.2.9","mac":"02:00:00:00:00:02"`)
	ip("link del pea")
	links.next(`"event":"closed"`, `"name":"pea"`, `"mtu":1400`)
	addresses.next(`"event":"closed"`, `"iface":"pea","address":"192.0.2.1/24"`)
	routes.next(`"event":"closed"`, `"dst":"198.51.100.0/24","gateway":"192.0.2.3"`)
	neighbors.next(`"event":"closed"`, `"address":"192.0.2.9"`)

	server := ns.Listen("127.0.0.1:0")
	sockets := watchIn(t, ns, fmt.Sprintf("sockets --jsonl=local_port,process,cookie listening :%d", server.Port()))
	server.Close()
	sockets.next(`"event":"closed"`, `"process":"`)
	for _, w := range []*watching{links, addresses, routes, neighbors, sockets} {
		w.end()
	}
}

// TestNativeWatchUnread checks that a watch without events also ends when its output is closed.
func TestNativeWatchUnread(t *testing.T) {
	ns := harness.New(t)
	w := watchIn(t, ns, "links --jsonl=name")
	if err := w.out.Close(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(10*time.Second, func() { _ = w.cmd.Process.Kill() }) // it is still there
	defer hung.Stop()
	if err := w.cmd.Wait(); err != nil || w.stderr.Len() > 0 {
		t.Errorf("%v\n%s", err, &w.stderr)
	}
}

// TestNativeWatchRates checks that counters of links and protocols grow, and that filters may request it.
func TestNativeWatchRates(t *testing.T) {
	ns := harness.New(t)
	links := watchIn(t, ns, "links --jsonl=name,rx_packets_rate")
	stats := watchIn(t, ns, "stats --jsonl=name,delta,value name=Tcp.ActiveOpens")
	fast := watchIn(t, ns, "stats --jsonl=name,delta name=Ip.DefaultTTL or delta>0")
	server := ns.Listen("127.0.0.1:0")
	client := ns.TCP("127.0.0.2:0")
	client.Connect(server)
	stats.next(`"event":"changed"`, `"delta":1,"value":1`)
	fast.next(`"event":"new"`, `"name":"Tcp.ActiveOpens","delta":1`)
	fast.next(`"event":"closed"`, `"name":"Tcp.ActiveOpens"`)
	links.next(`"event":"sample"`, `"name":"lo","rx_packets_rate":0`)
	for _, w := range []*watching{links, stats, fast} {
		w.end()
	}
}
