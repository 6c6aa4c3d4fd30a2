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
		{"backup~", "process*=backup~"},
		{"10.0.0.1-10.0.0.9", "endpoint in (10.0.0.1/32,10.0.0.2/31,10.0.0.4/30,10.0.0.8/31)"},
		{"remote 10.0.0.0-127", "remote=10.0.0.0/25"},
		{"remote!=10.0.0.4-10.0.0.6:80", "not remote in (10.0.0.4/31:80,10.0.0.6/32:80)"},
		{"::1-::2", "endpoint in (::1/128,::2/128)"},
		{"host=0.0.0.0-255.255.255.255", "host=0.0.0.0/0"},
		{"tcp udp", "proto in (tcp,udp)"},
		{"tcp udp :53", "proto in (tcp,udp) and port=53"},
		{"established close-wait time-wait", "state in (ESTAB,CLOSE-WAIT,TIME-WAIT)"},
		{"not tcp udp", "not proto in (tcp,udp)"},
		{"! established time-wait :22", "not state in (ESTAB,TIME-WAIT) and port=22"},
		{"exclude established time-wait", "not state in (ESTAB,TIME-WAIT)"},
		{"exclude established tcp", "not state=ESTAB and proto=tcp"},
		{"tcp not udp sctp", "proto=tcp and not proto in (udp,sctp)"},
		{"tcp not (tcp udp)", "proto=tcp and not proto in (tcp,udp)"},
		{"(not tcp) udp", "not proto=tcp and proto=udp"},
		{"not (tcp) udp", "not proto=tcp and proto=udp"},
		{"(tcp or udp) sctp", "(proto=tcp or proto=udp) and proto=sctp"},
		{"listening established", "listening=yes or state=ESTAB"},
		{"established listen time-wait", "state=ESTAB or listening=yes or state=TIME-WAIT"},
		{"listening established time-wait tcp", "(listening=yes or state in (ESTAB,TIME-WAIT)) and proto=tcp"},
		{"not established listening", "not (state=ESTAB or listening=yes)"},
		{"listening closed", "listening=yes and state=UNCONN"},
		{"listening=no established", "listening=no and state=ESTAB"},
		{"tcp6 udp6 established", "((proto=tcp and family=ipv6) or (proto=udp and family=ipv6)) and state=ESTAB"},
		{"unix unix_stream", "proto=unix and proto=unix_stream"},
		{"unix proto=unix_stream", "proto=unix and proto=unix_stream"},
		{"unix_stream unix_dgram", "proto in (unix_stream,unix_dgram)"},
		{"raw icmp", "proto=raw and proto in (icmp,icmp6)"},
		{"unix tcp", "proto in (unix,tcp)"},
		{"unix_stream tcp", "proto in (unix_stream,tcp)"},
		{"state established time-wait", "state in (ESTAB,TIME-WAIT)"},
		{"state established state syn-sent", "state in (ESTAB,SYN-SENT)"},
		{"connected established", "state in (ESTAB,SYN-SENT,SYN-RECV,FIN-WAIT-1,FIN-WAIT-2,TIME-WAIT,CLOSE-WAIT," +
			"LAST-ACK,CLOSING) and state=ESTAB"},
		{"tcp and udp", "proto=tcp and proto=udp"},
		{"6379 5432", "port in (6379,5432)"},
		{"port 6379 port=5432 :80 tcp", "port in (6379,5432,80) and proto=tcp"},
		{"sport = :22 sport = :80", "local_port in (:22,:80)"},
		{"not 6379 5432", "not port in (6379,5432)"},
		{"not port 6379 port 5432", "not port=6379 and port=5432"},
		{"6379 and 5432", "port=6379 and port=5432"},
		{"port=6379 and port=5432", "port=6379 and port=5432"},
		{"sport=22 dport=80", "local_port=22 and remote_port=80"},
		{"port>1024 port=5432", "port>1024 and port=5432"},
		{"port=5432 port!=80", "port=5432 and not port=80"},
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
		{"process~ssh.*", `did you mean "process=~ssh.*"?`},
		{"process~^(ssh|cron)$ :22", `did you mean "process=~^(ssh|cron)$"?`},
		{"process ~ ssh", `did you mean "process=~ssh"?`},
		{"process ~ssh", `did you mean "process=~ssh"?`},
		{"Process~=ssh", `did you mean "Process=~ssh"?`},
		{"process!=~ssh", `did you mean "process!~ssh"?`},
		{"process==~ssh", `did you mean "process=~ssh"?`},
		{"~ssh", `did you mean "process=~ssh"?`},
		{"path = ~/x", `did you mean "path=~/x" or, for a text with a tilde, 'path="~/x"'?`},
		{"rtt < ~5", `"~5" is not a duration`},
		{"rtt~5", `unknown`},
		{"10.0.0.9-10.0.0.1", "is an empty range"},
		{"remote=10.0.0.9-1", "is an empty range"},
		{"remote=10.0.0.1-x", "is not an address or network"},
		{"drop_rate>1", "did you mean drops, "},
		{"drop_rate>1", "segs_out_rate or send_rate?"},
		{"send_rate>1mb", "examples: 500k, 10Mbit, 1MB/s"},
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

// TestExists checks that what is called like another word is found by its name, as far as it exists.
func TestExists(t *testing.T) {
	table := view.Sockets(&names.Names{})
	table.Exists = func(word string) bool { return word != "listning" }
	for filter, want := range map[string]string{
		"node": "process*=node", "inetd tcp": "process*=inetd and proto=tcp", "containerd": "process*=containerd",
		"nokeepalive": "process*=nokeepalive", "listning": "", "inode": "", "tcp": "proto=tcp",
	} {
		tree, err := Parse(&table, []string{filter})
		if (err != nil) != (want == "") || err == nil && tree.String() != want {
			t.Errorf("%q is %v, %v; want %q", filter, tree, err, want)
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

// TestContradictions checks what is proposed for tests that no socket passes together.
func TestContradictions(t *testing.T) {
	table := view.Sockets(&names.Names{})
	for _, tt := range []struct{ filter, want string }{
		{"tcp and udp", "proto=tcp or proto=udp"},
		{":80 or tcp and :80 and udp", "proto=tcp or proto=udp"},
		{"established and connected", ""},
		{"tcp udp", ""},
		{"process=a and process=b", ""},
		{"unix and unix_stream", ""},
		{"raw and icmp", ""},
		{"unix_stream and unix_dgram", "proto=unix_stream or proto=unix_dgram"},
		{"listening and established", "listening=yes or state=ESTAB"},
		{"listening and closed", ""},
		{"listening and state=listening", ""},
	} {
		tree, err := Parse(&table, []string{tt.filter})
		if got := strings.Join(tree.Contradictions(), ";"); err != nil || got != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.filter, got, err, tt.want)
		}
	}
}

// TestNested checks that the time for a filter does not double with each level of negations.
func TestNested(t *testing.T) {
	table := view.Sockets(&names.Names{})
	const levels = 80
	filter := strings.Repeat("tcp not (", levels) + "udp" + strings.Repeat(")", levels)
	tree, err := Parse(&table, []string{filter})
	if err != nil || strings.Count(tree.String(), "proto=tcp and not ") != levels {
		t.Errorf("%q is %v, %v", filter, tree, err)
	}
}

// TestFormsElsewhere checks that such words have no such meaning in a table without the fields.
func TestFormsElsewhere(t *testing.T) {
	flows, neighbors := view.Flows(func(string) (uint64, bool) { return 0, false }), view.Neighbors()
	if tree, err := Parse(&flows, []string{"tcp udp"}); err != nil || tree.String() != "proto in (tcp,udp)" {
		t.Errorf("flows: tcp udp is %v, %v", tree, err)
	}
	for filter, want := range map[string]string{
		"established time_wait": "state in (ESTABLISHED,TIME_WAIT)", "tcp time-wait": "proto=tcp and state=TIME_WAIT",
		"proto=6 tcp": "proto=6 and proto=tcp", "icmp icmp6": "proto in (icmp,icmp6) and proto=icmp6",
		"est sent": "state*=est and state*=sent",
	} {
		if tree, err := Parse(&flows, []string{filter}); err != nil || tree.String() != want {
			t.Errorf("flows: %s is %v, %v", filter, tree, err)
		}
	}
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
