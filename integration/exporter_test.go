//go:build integration

package integration

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// An exporter is one that runs in a namespace.
type exporter struct {
	t      *testing.T
	ns     *harness.NS
	pid    int
	stderr bytes.Buffer
	asked  int // bytes of the requests so far
}

const (
	exporterAddr = "127.0.0.1:9880"
	scrape       = "GET /metrics HTTP/1.0\r\n\r\n"
)

// export starts an exporter and waits for its first sample.
func export(t *testing.T, ns *harness.NS, words ...string) *exporter {
	t.Helper()
	return exportWith(t, ns, harness.Program(t, "nlstat-exporter"), words...)
}

// exportWith starts one by a command.
func exportWith(t *testing.T, ns *harness.NS, command string, words ...string) *exporter {
	t.Helper()
	x := &exporter{t: t, ns: ns}
	cmd := exec.CommandContext(t.Context(), command, words...)
	cmd.Stderr = &x.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var err error
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	x.pid = cmd.Process.Pid
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	x.until("a complete sample", func(values map[string]float64) bool { return values[`nlstat_sample_success{collector="sockets"}`] == 1 })
	return x
}

// scrape returns the value of each series.
func (x *exporter) scrape() (map[string]float64, error) {
	var conn net.Conn
	var err error
	x.ns.Do(func() { conn, err = (&net.Dialer{}).DialContext(context.Background(), "tcp", exporterAddr) })
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // no data to lose
	if _, err := io.WriteString(conn, scrape); err != nil {
		return nil, err
	}
	x.asked += len(scrape)
	values := map[string]float64{}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if i := strings.LastIndexByte(lines.Text(), ' '); i > 0 && strings.HasPrefix(lines.Text(), "nlstat_") {
			var v float64
			if _, err := fmt.Sscan(lines.Text()[i:], &v); err != nil {
				return nil, err
			}
			values[lines.Text()[:i]] = v
		}
	}
	return values, nil
}

// until scrapes until a condition holds.
func (x *exporter) until(what string, so func(map[string]float64) bool) {
	x.t.Helper()
	var last map[string]float64
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		values, err := x.scrape()
		if err == nil && so(values) {
			return
		}
		last = values
	}
	x.t.Fatalf("no %s within a minute: %v\n%s", what, last, &x.stderr)
}

// sum adds the series of a metric.
func sum(values map[string]float64, name string) (total float64) {
	for series, v := range values {
		if strings.HasPrefix(series, name+"{") {
			total += v
		}
	}
	return total
}

// TestExporterCounts makes many short connections of known size, and compares the counters.
func TestExporterCounts(t *testing.T) {
	ns := harness.New(t)
	var l net.Listener
	var err error
	ns.Do(func() { l, err = net.Listen("tcp", "127.0.0.1:8080") })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // no data to lose
	const connections, question, reply = 10_000, 100, 1000
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close() //nolint:errcheck // no data to lose
				if _, err := io.ReadFull(conn, make([]byte, question)); err == nil {
					_, _ = conn.Write(make([]byte, reply)) // the client sees it
				}
			}()
		}
	}()
	x := export(t, ns, "--interval", "1s")
	before, err := x.scrape()
	if err != nil {
		t.Fatal(err)
	}
	const (
		sent = "nlstat_process_tcp_sent_bytes_total"
		lost = "nlstat_events_lost_total"
	)
	highest := sum(before, sent)
	for i := range connections {
		var conn net.Conn
		ns.Do(func() { conn, err = net.Dial("tcp", "127.0.0.1:8080") })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(make([]byte, question)); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, conn); n != reply || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
		_ = conn.Close() // all was read
		if i%1000 == 0 {
			values, err := x.scrape()
			if now := sum(values, sent); err != nil || now < highest {
				t.Fatalf("%v: it fell from %v to %v", err, highest, now)
			} else {
				highest = now
			}
		}
	}
	// The owner of a client's connection is known only if it was in a sample; the sum does not depend on that.
	// The exporter's own replies are left out, and so is the current request.
	const passed = connections * (question + reply)
	x.until(fmt.Sprintf("%d bytes and those of scrapes", passed), func(v map[string]float64) bool {
		total := sum(v, sent) - v[sent+`{netns="self",process="nlstat-exporter"}`]
		return total == float64(passed+x.asked-len(scrape)) && v[lost] == before[lost]
	})
}

// TestExporterStates compares the states of a namespace full of sockets with those that ss counts.
func TestExporterStates(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	out := ns.Run("nlstat-exporter", "--once")
	for state, name := range map[string]string{
		"established": "established", "listen": "listening", "time_wait": "time-wait", "close_wait": "close-wait",
		"syn_sent": "syn-sent",
	} {
		rows := ns.Run("ss", "-Htan", "state", name)
		want := fmt.Sprintf("nlstat_sockets{netns=\"self\",proto=\"tcp\",state=%q} %d\n", state,
			strings.Count(string(rows.Stdout), "\n"))
		if !strings.Contains(string(out.Stdout), want) {
			t.Errorf("want %s of\n%s%s", want, out.Stdout, out.Stderr)
		}
	}
}

// TestExporterPromtool has Prometheus' own tool check names, help and text.
func TestExporterPromtool(t *testing.T) {
	promtool := harness.Tool(t, "promtool")
	ns := harness.New(t)
	ns.Zoo()
	out := ns.Run("nlstat-exporter", "--once")
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = bytes.NewReader(out.Stdout)
	if told, err := cmd.CombinedOutput(); err != nil || len(told) > 0 {
		t.Errorf("%v: %s\n%s%s", err, told, out.Stdout, out.Stderr)
	}
}
