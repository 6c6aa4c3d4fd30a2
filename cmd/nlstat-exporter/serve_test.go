package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/nlstat/nlstat/internal/metrics"
)

// certificate writes a certificate for 127.0.0.1 and its key, and returns a pool that trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"host.crt": {Type: "CERTIFICATE", Bytes: der}, "host.key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

// TestTLSAndUsers serves only over TLS and with the password.
func TestTLSAndUsers(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "web.yml")
	text := fmt.Sprintf("tls_server_config: {cert_file: host.crt, key_file: host.key}\n"+
		"basic_auth_users: {prometheus: %q}\n", hash)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	c := metrics.New(&metrics.Config{MaxSeries: 100})
	go func() { ended <- serve(l, &options{web: file}, c, slog.New(slog.DiscardHandler)) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	for _, tt := range []struct {
		scheme, user, password string
		code                   int
	}{
		{"https", "prometheus", "secret", 200},
		{"https", "prometheus", "wrong", 401},
		{"https", "", "", 401},
		{"http", "prometheus", "secret", 400},
	} {
		for _, path := range []string{"/metrics", "/"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.scheme+"://"+l.Addr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.user != "" {
				r.SetBasicAuth(tt.user, tt.password)
			}
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close() // only the status matters
			if answer.StatusCode != tt.code {
				t.Errorf("%+v %s: %d", tt, path, answer.StatusCode)
			}
		}
	}
	client.CloseIdleConnections()
	_ = l.Close() // ends the server
	if err := <-ended; err == nil {
		t.Error("the server ended without a reason")
	}
}

// TestNoLeak has clients that read slowly, send half a request, or disconnect: no goroutine
// remains.
func TestNoLeak(t *testing.T) {
	before := runtime.NumGoroutine()
	c := metrics.New(&metrics.Config{MaxSeries: 5000})
	s := httptest.NewServer(handler(c))
	var conns []net.Conn
	for i := range 300 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		for _, text := range []string{
			"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "GET /metr", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		}[i%3 : i%3+1] {
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, conn := range conns {
		_ = conn.Close() // without reading
	}
	s.Close()
	for late := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before+2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}
