//go:build integration

package integration

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// A fleetServer is a program of Prometheus' world that runs in a namespace and answers on loopback.
type fleetServer struct {
	t      *testing.T
	base   string
	pid    int
	client *http.Client
	out    bytes.Buffer // read when it has ended
}

// startServer starts a program, or skips the test where it is not installed, and waits until it answers.
func startServer(t *testing.T, ns *harness.NS, name, addr, ready string, args ...string) *fleetServer {
	t.Helper()
	path := harness.Tool(t, name)
	s := &fleetServer{t: t, base: "http://" + addr, client: clientIn(ns)}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stdout, cmd.Stderr = &s.out, &s.out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var err error
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	s.pid = cmd.Process.Pid
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %.4000s", name, s.out.Bytes())
		}
	})
	for late := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if code, _, err := s.ask(ready); err == nil && code == http.StatusOK {
			return s
		} else if time.Now().After(late) {
			t.Fatalf("%s does not answer at %s%s: %d, %v", name, s.base, ready, code, err)
		}
	}
}

// clientIn returns a client whose connections are made in a namespace.
func clientIn(ns *harness.NS) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
			ns.Do(func() { conn, err = (&net.Dialer{}).DialContext(ctx, network, addr) })
			return conn, err
		},
	}}
}

func (s *fleetServer) ask(path string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// get returns a page.
func (s *fleetServer) get(path string) []byte {
	s.t.Helper()
	code, body, err := s.ask(path)
	if err != nil || code != http.StatusOK {
		s.t.Fatalf("%s%s: %d, %v: %s", s.base, path, code, err, body)
	}
	return body
}
