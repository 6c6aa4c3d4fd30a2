//go:build integration

package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// promLine is a line of Prometheus' text format: a comment, or a name, labels whose values are quoted, and a number.
var promLine = regexp.MustCompile(`^(#.*|[a-z_]+(\{([a-z_]+="([^"\\]|\\["\\n])*",?)*\})? [-+0-9.e]+(Inf|NaN)?)$`)

// TestAttackExporterNames counts listeners with hostile names: each line is valid and safe on a terminal.
func TestAttackExporterNames(t *testing.T) {
	ns := harness.New(t)
	hostileNamespaces(t, ns)
	for i, name := range hostileNames {
		listener(t, ns, name, 6000+i)
	}
	for _, words := range [][]string{{"--once"}, {"--once", "-A"}} {
		r := ns.Run("nlstat-exporter", words...)
		sane(t, fmt.Sprint(words), &r)
		if r.Code != 0 || !bytes.Contains(r.Stdout, []byte(`nlstat_sample_success{collector="sockets"} 1`)) {
			t.Errorf("%q: exit code %d: %s", words, r.Code, r.Stderr)
		}
		if n := bytes.Count(r.Stdout, []byte("nlstat_listen_accept_queue_limit{")); n < len(hostileNames) {
			t.Errorf("%q: %d listeners, want %d: %s", words, n, len(hostileNames), r.Stdout)
		}
		for line := range strings.Lines(string(r.Stdout)) {
			if !promLine.MatchString(strings.TrimSuffix(line, "\n")) || visible([]byte(line)) != "" {
				t.Errorf("%q: %q", words, line)
			}
		}
	}
}

// listener starts a process of a hostile name that holds a listening socket.
func listener(t *testing.T, ns *harness.NS, name string, port int) *os.Process {
	t.Helper()
	path := t.TempDir() + "/p" + strings.NewReplacer("\x00", "", "/", "").Replace(name)
	text, err := os.ReadFile(harness.Tool(t, "sleep"))
	if err == nil {
		err = os.WriteFile(path, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := ns.Listen(fmt.Sprintf("127.0.0.1:%d", port))
	file := os.NewFile(uintptr(s.FD), "socket")
	s.FD = -1
	cmd := exec.CommandContext(t.Context(), path, "600")
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = file.Close()                                            // the process has its own
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // killed
	return cmd.Process
}

// TestAttackExporterClients sends malformed requests, and connects without reading: others are still
// served, and the program keeps running, with only the capabilities that it needs.
func TestAttackExporterClients(t *testing.T) {
	ns := harness.New(t)
	x := export(t, ns, "--interval", "1s")
	for i := range 40 { // clients that are silent or do not read
		conn := connect(t, ns)
		defer conn.Close() //nolint:errcheck // no data to lose
		if i%2 == 0 {
			_, _ = io.WriteString(conn, strings.Repeat(scrape, 20)) // it may be let go
		}
	}
	for _, request := range []string{
		"", "\n", "GET", "GET /metrics HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /../../etc/shadow HTTP/1.0\r\n\r\n", "GET /%2e%2e/etc/shadow HTTP/1.0\r\n\r\n", "POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", "GET /debug/pprof/ HTTP/1.0\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n",
		"GET /metrics HTTP/1.1\r\nHost: " + strings.Repeat("a", 1<<16) + "\r\n\r\n",
		"GET /" + strings.Repeat("a", 1<<16) + " HTTP/1.0\r\n\r\n", "GET /metrics?name[]=\x1b[31m HTTP/1.0\r\n\r\n",
		"GET /metrics HTTP/1.0\r\nAccept: \x1b[31m\r\nAccept-Encoding: gzip, zstd, \xff\r\n\r\n",
	} {
		conn := connect(t, ns)
		_, _ = io.WriteString(conn, request) // it may be refused meanwhile
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite() // it may be gone
		}
		_ = conn.SetReadDeadline(time.Now().Add(attackTime)) // it is a fresh one
		answer, err := io.ReadAll(conn)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%.60q: no end", request)
		}
		if bytes.Contains(answer, []byte("root:")) || bytes.Contains(answer, []byte("goroutine ")) {
			t.Errorf("%.60q: %s", request, answer)
		}
		_ = conn.Close() // it was read
	}
	x.until("a sample after all that", func(values map[string]float64) bool { return values[`nlstat_sample_success{collector="sockets"}`] == 1 })
	sane(t, "its log", &harness.Result{Stderr: x.stderr.Bytes()})
	r := ns.Run("nlstat", "listen", "-n", ":9880", "-H", "-c", "pid,local")
	pid, at, _ := strings.Cut(strings.TrimSpace(string(r.Stdout)), " ")
	if strings.TrimSpace(at) != exporterAddr {
		t.Errorf("it listens on %q: %s", at, r.Stderr)
	}
	status, err := os.ReadFile("/proc/" + pid + "/status")
	// CAP_SYS_MODULE is bit 16: the digit of bits 16 to 19 must not have it.
	_, set, ok := strings.Cut(string(status), "CapPrm:\t")
	if err != nil || !ok || strings.ContainsAny(set[11:12], "13579bdf") {
		t.Errorf("it keeps CAP_SYS_MODULE: %.16s, %v", set, err)
	}
}

func connect(t *testing.T, ns *harness.NS) (conn net.Conn) {
	t.Helper()
	var err error
	ns.Do(func() { conn, err = (&net.Dialer{}).DialContext(context.Background(), "tcp", exporterAddr) })
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestAttackExporterRights starts copies that have rights of their file: they refuse to, whatever their arguments.
// With those of sudo and ambient capabilities a file of --output is made with the caller's.
func TestAttackExporterRights(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	tr := bury(t)
	for i := range elevations {
		e := &elevations[i]
		t.Run(e.name, func(t *testing.T) {
			ns := ns.With(t)
			c := e.elevated(t, "nlstat-exporter")
			fromFile := e.prepare != nil
			lines := []string{"--once", "--version", "--once --output FILE"}
			if fromFile { // read with the rights of the process, which are those of the caller
				lines = append(lines, "--web.config.file FILE --listen 127.0.0.1:0", "--web.config.file=FILE")
			}
			for _, line := range lines {
				for _, file := range tr.names[:8] {
					if e.asRoot && strings.Contains(line, "FILE") {
						continue // sudo nlstat-exporter: a caller that may run it may write as root
					}
					r := ns.Exec(with(c, e.env, strings.Fields(strings.ReplaceAll(line, "FILE", file))...))
					sane(t, line, &r)
					if refused := r.Code == 2 && bytes.Contains(r.Stderr, []byte("must have neither")); refused != fromFile {
						t.Errorf("%s %s: exit code %d: %s", line, file, r.Code, r.Stderr)
					}
					if bytes.Contains(append(r.Stdout, r.Stderr...), []byte(secretWord)) {
						t.Errorf("%s %s: a secret comes out: %s%s", line, file, r.Stdout, r.Stderr)
					}
					if !strings.Contains(line, "FILE") {
						break
					}
				}
			}
		})
	}
	tr.checkUntouched(t)
}
