//go:build integration

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

const packaging = "../packaging"

// prometheusConfig scrapes the exporter each second, and tells Alertmanager.
const prometheusConfig = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:9093"]}]}]}
scrape_configs:
  - job_name: nlstat
    static_configs: [{targets: ["127.0.0.1:9880"]}]
`

// startPrometheus starts one over the alerts of the project, which here fire at once.
func startPrometheus(t *testing.T, ns *harness.NS) *fleetServer {
	t.Helper()
	dir := t.TempDir()
	rules, err := os.ReadFile(packaging + "/prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var quick bytes.Buffer
	for line := range strings.Lines(string(rules)) {
		if !strings.Contains(line, " for: ") {
			quick.WriteString(line)
		}
	}
	for name, text := range map[string]string{"prometheus.yml": prometheusConfig, "rules.yml": quick.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return startServer(t, ns, "prometheus", "127.0.0.1:9090", "/-/ready",
		"--config.file="+dir+"/prometheus.yml", "--storage.tsdb.path="+dir+"/data", "--web.listen-address=127.0.0.1:9090")
}

// A vector is what an instant query returns.
type vector []struct {
	Metric map[string]string
	Value  [2]any
}

// query queries Prometheus, or a server with the same API.
func (s *fleetServer) query(expr string) vector {
	s.t.Helper()
	var answer struct {
		Status string
		Data   struct{ Result vector }
	}
	body := s.get("/api/v1/query?query=" + url.QueryEscape(expr))
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		s.t.Fatalf("%s: %v: %s", expr, err, body)
	}
	return answer.Data.Result
}

// number is the value of a query with one, -1 without.
func (s *fleetServer) number(expr string) float64 {
	s.t.Helper()
	list := s.query(expr)
	if len(list) != 1 {
		return -1
	}
	text, ok := list[0].Value[1].(string)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !ok {
		s.t.Fatalf("%s: %v", expr, list)
	}
	return n
}

// until waits for a condition.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for late := time.Now().Add(2 * time.Minute); !so(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}

// echo answers each connection to port 8080 with a fixed number of bytes.
func echo(t *testing.T, ns *harness.NS, question, reply int) {
	t.Helper()
	var l net.Listener
	var err error
	ns.Do(func() { l, err = net.Listen("tcp", "127.0.0.1:8080") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // ends the loop
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
}

// TestFleetPrometheus has a real Prometheus scrape: counters are exact and never fall, alerts fire and resolve
// by way of Alertmanager, the queries of the dashboard are right, and hostile names come through.
func TestFleetPrometheus(t *testing.T) {
	ns := harness.New(t)
	const connections, question, reply = 3000, 100, 1000
	echo(t, ns, question, reply)
	export(t, ns, "--interval", "1s", "--remotes", "5")
	alerts := startServer(t, ns, "prometheus-alertmanager", "127.0.0.1:9093", "/-/ready",
		"--config.file="+alertmanagerConfig(t), "--storage.path="+t.TempDir(), "--cluster.listen-address=",
		"--web.listen-address=127.0.0.1:9093")
	p := startPrometheus(t, ns)
	// Replies of the exporter and of Alertmanager to Prometheus are left out.
	sent := `sum(nlstat_process_tcp_sent_bytes_total{process!~"nlstat-exporter|prometheus.*"})`
	until(t, "a scrape", func() bool { return p.number(`nlstat_sample_success{collector="host"}`) == 1 })

	t.Run("counters", func(t *testing.T) {
		before := max(p.number(sent), 0)
		for range connections {
			var conn net.Conn
			var err error
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
		}
		const passed = connections * (question + reply)
		var got float64
		until(t, "all bytes are counted", func() bool { got = p.number(sent) - before; return got >= passed })
		// Short connections of Prometheus' own clients have no known owner, so that there may be some more.
		if got > passed*1.01 {
			t.Errorf("%v bytes sent, want %d", got, passed)
		}
		if n := p.number(`sum(resets(nlstat_process_tcp_sent_bytes_total[10m]))`); n != 0 {
			t.Errorf("counters fell %v times", n)
		}
		accepted := `sum(nlstat_listen_accepted_total{local="127.0.0.1:8080"})`
		until(t, "all were accepted", func() bool { return p.number(accepted) == connections })
		if n := p.number("nlstat_events_lost_total"); n != 0 {
			t.Errorf("%v events lost", n)
		}
	})
	t.Run("dashboard", func(t *testing.T) { dashboard(t, p) })
	t.Run("alerts", func(t *testing.T) { fires(t, ns, alerts) })
	t.Run("names", func(t *testing.T) {
		const name = "a\"b{}\\" // a line feed would be made visible before
		old, err := os.ReadFile("/proc/self/comm")
		if err != nil {
			t.Fatal(err)
		}
		rename := func(name []byte) {
			if err := os.WriteFile(fmt.Sprintf("/proc/%d/comm", os.Getpid()), name, 0); err != nil {
				t.Fatal(err)
			}
		}
		rename([]byte(name))
		defer rename(bytes.TrimSpace(old))
		until(t, "the name is there", func() bool {
			for _, s := range p.query("nlstat_listen_accept_queue_limit") {
				if s.Metric["process"] == name {
					return true
				}
			}
			return false
		})
	})
}

// alertmanagerConfig writes a configuration without receivers.
func alertmanagerConfig(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := "route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// dashboard runs the queries of the dashboard. Those about what is always there must have an answer.
func dashboard(t *testing.T, p *fleetServer) {
	t.Helper()
	text, err := os.ReadFile(packaging + "/grafana/nlstat.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	mayBeEmpty := map[string]bool{
		"Findings of nlstat doctor": true, "Part that is sent again": true, "Source ports in use": true,
		"Dropped by sockets": true, "Tables: flows and neighbors": true,
	}
	if len(d.Panels) == 0 {
		t.Error("the dashboard has no panels")
	}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			expr := strings.NewReplacer("$instance", ".*", "$__rate_interval", "1m").Replace(target.Expr)
			if list := p.query(expr); len(list) == 0 && !mayBeEmpty[panel.Title] {
				t.Errorf("%s: %s has no answer", panel.Title, expr)
			}
		}
	}
}

// fires fills an accept queue until Alertmanager has the alert, and empties it until it is resolved.
func fires(t *testing.T, ns *harness.NS, alerts *fleetServer) {
	t.Helper()
	active := func() (names []string) {
		var list []struct{ Labels map[string]string }
		body := alerts.get("/api/v2/alerts?active=true")
		if err := json.Unmarshal(body, &list); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		for _, a := range list {
			names = append(names, a.Labels["alertname"]+" "+a.Labels["local"])
		}
		return names
	}
	l, err := listenShort(ns)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l) //nolint:errcheck // no data to lose
	var waiting []net.Conn
	for range 3 {
		var conn net.Conn
		var err error
		ns.Do(func() { conn, err = net.Dial("tcp", "127.0.0.1:7777") })
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, conn)
	}
	for _, alert := range []string{"NlstatAcceptQueue 127.0.0.1:7777", "NlstatFindingCritical "} {
		until(t, alert+" fires", func() bool { return strings.Contains(strings.Join(active(), "\n"), alert) })
	}
	for _, conn := range waiting {
		fd, _, err := unix.Accept(l)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(fd) // it was accepted
		_ = conn.Close()
	}
	for _, alert := range []string{"NlstatAcceptQueue 127.0.0.1:7777", "NlstatFindingCritical "} {
		until(t, alert+" resolves", func() bool { return !strings.Contains(strings.Join(active(), "\n"), alert) })
	}
}

// listenShort opens a listener on port 7777 with a short accept queue.
func listenShort(ns *harness.NS) (fd int, err error) {
	ns.Do(func() {
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return
		}
		if err = unix.Bind(fd, &unix.SockaddrInet4{Port: 7777, Addr: [4]byte{127, 0, 0, 1}}); err == nil {
			err = unix.Listen(fd, 2)
		}
	})
	return fd, err
}

// TestFleetRules has promtool run the tests of the alerts: each fires on its scene and resolves.
func TestFleetRules(t *testing.T) {
	promtool := harness.Tool(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "rules.yml"}, {"test", "rules", "rules_test.yml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = packaging + "/prometheus"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
	rules, err := os.ReadFile(packaging + "/prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(packaging + "/prometheus/rules_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(rules)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- alert: "); ok &&
			strings.Count(string(tests), "alertname: "+name) < 3 {
			t.Errorf("%s is not tested", name)
		}
	}
}

// TestFleetTextfile has node_exporter read what --once writes.
func TestFleetTextfile(t *testing.T) {
	ns := harness.New(t)
	ns.Zoo()
	dir := t.TempDir()
	if out := ns.Run("nlstat-exporter", "--once", "--output", dir+"/nlstat.prom"); out.Code != 0 {
		t.Fatalf("exit %d: %s", out.Code, out.Stderr)
	}
	node := startServer(t, ns, "prometheus-node-exporter", "127.0.0.1:9100", "/metrics",
		"--web.listen-address=127.0.0.1:9100", "--collector.disable-defaults", "--collector.tcpstat",
		"--collector.textfile", "--collector.textfile.directory="+dir)
	text := string(node.get("/metrics"))
	for _, want := range []string{
		"\nnode_textfile_scrape_error 0\n", "\nnlstat_sample_success{collector=\"sockets\"} 1\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("node_exporter lacks %q", want)
		}
	}
	// Both count the sockets of one namespace, which are the same but for those of the scrape itself.
	for _, state := range []string{"close_wait", "fin_wait1", "fin_wait2", "syn_sent", "last_ack", "closing"} {
		var theirs, ours int
		for line := range strings.Lines(text) {
			_, _ = fmt.Sscanf(line, "node_tcp_connection_states{state=\""+state+"\"} %d", &theirs) // another line
			_, _ = fmt.Sscanf(line, "nlstat_sockets{netns=\"self\",proto=\"tcp\",state=\""+state+"\"} %d", &ours)
		}
		if theirs != ours {
			t.Errorf("%d in %s, node_exporter has %d", ours, state, theirs)
		}
	}
}

// TestFleetVictoriaMetrics has it scrape, with the configuration of Prometheus.
func TestFleetVictoriaMetrics(t *testing.T) {
	ns := harness.New(t)
	export(t, ns, "--interval", "1s")
	dir := t.TempDir()
	config := "scrape_configs: [{job_name: nlstat, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:9880']}]}]\n"
	if err := os.WriteFile(dir+"/prometheus.yml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	v := startServer(t, ns, "victoria-metrics", "127.0.0.1:8428", "/health",
		"-httpListenAddr=127.0.0.1:8428", "-promscrape.config="+dir+"/prometheus.yml", "-storageDataPath="+dir+"/data",
		"-search.latencyOffset=0s", "-memory.allowedBytes=64MB")
	until(t, "a scrape", func() bool {
		return v.number(`nlstat_sockets{proto="tcp",state="listen"}`) >= 1 && len(v.query("nlstat_findings")) > 20
	})
}

// TestFleetSlowReaders has 1,000 connections that do not read: memory and descriptors stay flat, and others
// are served.
func TestFleetSlowReaders(t *testing.T) {
	ns := harness.New(t)
	x := export(t, ns, "--interval", "1s")
	descriptors := func() int {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", x.pid))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	before, memory := descriptors(), peakMemory(t, x.pid)
	var conns []net.Conn
	for range 1000 {
		var conn net.Conn
		var err error
		ns.Do(func() { conn, err = net.Dial("tcp", exporterAddr) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, scrape); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	if _, err := x.scrape(); err != nil {
		t.Errorf("nobody else is served: %v", err)
	}
	for _, conn := range conns {
		_ = conn.Close() // unread
	}
	until(t, "descriptors are given back", func() bool { return descriptors() <= before+2 })
	if grown := peakMemory(t, x.pid) - memory; grown > 48 {
		t.Errorf("memory grew by %.0f MiB", grown)
	}
}

// TestFleetRights runs the exporter as a user of its own with the capabilities of the unit alone: it has
// processes of other users, and the bytes of connections that were in no sample.
func TestFleetRights(t *testing.T) {
	setpriv := harness.Tool(t, "setpriv")
	unit, err := os.ReadFile(packaging + "/nlstat-exporter.service")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(unit), "\nAmbientCapabilities=")
	line, _, _ = strings.Cut(line, "\n")
	caps := "-all"
	for name := range strings.FieldsSeq(line) {
		caps += ",+" + strings.ToLower(strings.TrimPrefix(name, "CAP_"))
	}
	ns := harness.New(t)
	echo(t, ns, 1, 10)
	x := exportWith(t, ns, setpriv, "--reuid=64999", "--regid=64999", "--clear-groups", "--no-new-privs",
		"--inh-caps="+caps, "--ambient-caps="+caps, "--bounding-set="+caps, "--",
		harness.Program(t, "nlstat-exporter"), "--interval", "1s")
	var conn net.Conn
	ns.Do(func() { conn, err = net.Dial("tcp", "127.0.0.1:8080") })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, conn); n != 10 || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	_ = conn.Close() // all was read
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	me := fmt.Sprintf("nlstat_process_tcp_sent_bytes_total{netns=\"self\",process=%q}", bytes.TrimSpace(comm))
	// Root's process is known by name. Others that end just then may still be unreadable.
	x.until("bytes of "+me, func(v map[string]float64) bool { return v[me] >= 10 })
}
