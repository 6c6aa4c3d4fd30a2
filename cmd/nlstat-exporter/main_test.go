package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/metrics"
)

func TestRefused(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // unused
	dir := t.TempDir()
	for _, tt := range []struct{ args, want string }{
		{"--nonsense", "unknown option --nonsense"},
		{"word", `"word" is not an option`},
		{"--lable unit", "did you mean --label; see"},
		{"--without sockets,listners", `--without: word 2: unknown collector "listners", did you mean "listeners"`}, //nolint:misspell // that is the point
		{"--only q", "there are sockets, listeners"},
		{"--only sockets --without ports", "exclude each other"},
		{"--only remotes", "needs --remotes"},
		{"--label command", "passwords"},
		{"--label unit,unit", "twice"},
		{"--label untis", `unknown label "untis"`},
		{"--remotes 500", "has room for"},
		{"--remotes -1", "at least 0"},
		{"--output x", "--output needs --once"},
		{"--interval 1ms", "--interval: expected at least 1s"},
		{"--max-series 0", "--max-series: expected at least 1"},
		{"--listen " + taken.Addr().String(), "address already in use"},
		{"--once --output " + dir + "/none/file", "no such file"},
		{"--once --output " + dir, "it is a directory"},
		{"--once --output /dev/full", "not a regular file"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(strings.Fields(tt.args), &stdout, &stderr); code != 2 || stdout.Len() > 0 {
			t.Errorf("%s: exit %d with %q", tt.args, code, stdout.String())
		}
		if !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: %q, want %q", tt.args, stderr.String(), tt.want)
		}
	}
}

// TestOutput replaces a file by one that all users may read.
func TestOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nlstat.prom")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"--once", "--output", path}, &stdout, &stderr); code != 0 || stdout.Len() > 0 {
		t.Fatalf("exit %d: %s%s", code, stdout.String(), stderr.String())
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte("\nnlstat_sample_success{collector=\"sockets\"} 1\n")) {
		t.Errorf("%v: %s", err, text)
	}
	if bytes.Contains(text, []byte("nlstat_process_tcp")) {
		t.Error("growth of one sample")
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestHandler(t *testing.T) {
	c := metrics.New(&metrics.Config{Every: time.Second, MaxSeries: 100})
	s := httptest.NewServer(handler(c))
	defer s.Close()
	for _, tt := range []struct {
		method, path, accept, kind, want string
		code                             int
	}{
		{"GET", "/metrics", "", "text/plain", `nlstat_sample_success{collector="sockets"} 0`, 200}, // no sample is ready
		{"GET", "/metrics", "application/openmetrics-text;version=1.0.0", "application/openmetrics-text", "# EOF", 200},
		{"HEAD", "/metrics", "", "text/plain", "", 200},
		{"GET", "/", "", "text/html", "No sample is complete yet", 200},
		{"GET", "/none", "", "text/plain", "", 404},
		{"GET", "/../etc/passwd", "", "text/plain", "", 404},
		{"POST", "/metrics", "", "text/plain", "", 405},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, s.URL+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", tt.accept)
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close() // it was read
		if err != nil || answer.StatusCode != tt.code || !strings.Contains(string(body), tt.want) ||
			!strings.HasPrefix(answer.Header.Get("Content-Type"), tt.kind) {
			t.Errorf("%s %s: %v %d %s: %s", tt.method, tt.path, err, answer.StatusCode, answer.Header, body)
		}
	}
}
