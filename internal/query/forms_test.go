package query

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
)

// TestForms checks words that stand for several tests, and values that are pasted from a table.
func TestForms(t *testing.T) {
	table := view.Sockets(&names.Names{})
	for _, tt := range []struct{ filter, want string }{
		{"8080-8090", "port=8080-8090"},
		{":8080-8090", "port=8080-8090"},
		{"8080/tcp", "port=8080 and proto=tcp"},
		{":5353/udp", "port=5353 and proto=udp"},
		{":domain/udp", "port=domain and proto=udp"},
		{"tcp6", "proto=tcp and family=ipv6"},
		{"udp4 or tcp", "(proto=udp and family=ipv4) or proto=tcp"},
		{"localhost:9000", "host in (127.0.0.0/8,::1) and port=9000"},
		{"python3/14922", "process*=python3/14922 or (process=python3 and pid=14922)"},
		{"process=14932", "process=14932 or pid=14932"},
		{"process=nginx/812+3", "process=nginx/812+3 or (process=nginx and pid=812)"},
		{"peer_process=14932", "peer_process=14932 or peer_pid=14932"},
		{"process=kworker/u8:1", "process=kworker/u8:1"},
		{"process=~^1", "process=~^1"},
		{"/tmp/*", "path=/tmp/*"},
		{"@app?", "path=@app?"},
		{"/tmp", "path*=/tmp"},
		{"ngin*", "process=ngin*"},
		{"!keepalive", "keepalive=no"},
		{"not not keepalive", "not keepalive=no"},
		{"not keepalive=yes", "not keepalive=yes"},
		{"service=ssh", "unit=ssh"},
		{"cmd=~db", "command=~db"},
		{"idle>10sec", "idle>10sec"},
	} {
		tree, err := Parse(&table, []string{tt.filter})
		if err != nil {
			t.Errorf("%q: %v", tt.filter, err)
		} else if got := tree.String(); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.filter, got, tt.want)
		}
	}
}

// TestFormHints checks what is suggested for words of which nothing can be made.
func TestFormHints(t *testing.T) {
	table := view.Sockets(&names.Names{})
	for _, tt := range []struct{ filter, want string }{
		{"nokeepalive", `did you mean "keepalive=no"?`},
		{"no-keepalive", `did you mean "keepalive=no"?`},
		{"rate>1M", "did you mean send_rate or recv_rate?"},
		{"bytes>1M", "did you mean bytes_sent or bytes_received?"},
		{"container~576b", `did you mean "container=~576b"?`},
		{"host localhost", `"localhost" is not an address or network; names of hosts are not looked up`},
		{"db.example.com:5432", "names of hosts are not looked up"},
		{"idle>5", "examples: 5ms, 5s, 5m"},
	} {
		tree, err := Parse(&table, []string{tt.filter})
		if err == nil {
			_, err = Compile(&table, tree, tt.filter)
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.filter, err, tt.want)
		}
	}
}

// TestLongUnits checks words for units of time.
func TestLongUnits(t *testing.T) {
	for text, want := range map[string]string{
		"10sec": "10s", "10secs": "10s", "1min": "1m0s", "5mins": "5m0s", "2hours": "2h0m0s", "1hour30min": "1h30m0s",
		"3days": "72h0m0s", "1day": "24h0m0s", "10msec": "10ms", "50ms": "50ms", "1.5S": "1.5s",
	} {
		if d, err := parseDuration(text); err != nil || d.String() != want {
			t.Errorf("%q is %v, %v; want %s", text, d, err, want)
		}
	}
}

// TestFormsElsewhere checks that such words have no such meaning in a table without the fields.
func TestFormsElsewhere(t *testing.T) {
	flows, neighbors := view.Flows(func(string) (uint64, bool) { return 0, false }), view.Neighbors()
	for _, word := range []string{"dnat", "8080/tcp", "tcp6", "localhost:9000"} {
		tree, err := Parse(&flows, []string{word})
		if err == nil && tree.Test == nil {
			t.Errorf("flows: %q is %v", word, tree)
		}
		if tree, err = Parse(&neighbors, []string{word}); err == nil && tree.Test == nil {
			t.Errorf("neighbors: %q is %v", word, tree)
		}
	}
}
