//go:build integration

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// What a ClickHouse needs that listens on loopback and keeps its data in a folder.
const (
	clickHouseServer = `<yandex>
<logger><level>warning</level><console>1</console></logger>
<listen_host>127.0.0.1</listen_host><tcp_port>9000</tcp_port>
<path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path><users_config>%[1]s/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size>
</yandex>`
	clickHouseUsers = `<yandex>
<profiles><default><input_format_skip_unknown_fields>1</input_format_skip_unknown_fields></default></profiles>
<users><default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
</default></users>
<quotas><default/></quotas>
</yandex>`
)

// A clickHouse is a server in a namespace.
type clickHouse struct {
	t      *testing.T
	ns     *harness.NS
	client string
}

// startClickHouse starts a server, or skips the test if it is not installed.
func startClickHouse(t *testing.T, ns *harness.NS) *clickHouse {
	t.Helper()
	server, err := exec.LookPath("clickhouse-server")
	if err != nil {
		t.Skip("clickhouse-server is not installed (Debian: clickhouse-server, clickhouse-client)")
	}
	client, err := exec.LookPath("clickhouse-client")
	if err != nil {
		t.Skip("clickhouse-client is not installed")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"config.xml": clickHouseServer, "users.xml": clickHouseUsers} {
		if strings.Contains(text, "%[1]s") {
			text = fmt.Sprintf(text, dir)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said strings.Builder
	cmd := exec.CommandContext(t.Context(), server, "--config-file="+filepath.Join(dir, "config.xml"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
	})
	c := &clickHouse{t: t, ns: ns, client: client}
	for late := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if r := c.run("select 1", ""); r.Code == 0 {
			return c
		}
		select {
		case err := <-ended:
			t.Skipf("the server does not start here: %v\n%s", err, said.String())
		default:
		}
		if time.Now().After(late) {
			t.Fatal("the server does not answer")
		}
	}
}

func (c *clickHouse) run(query, in string) harness.Result {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), c.client, "--host=127.0.0.1",
		"--input_format_skip_unknown_fields=1", "--query", query)
	cmd.Stdin = strings.NewReader(in)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	var err error
	c.ns.Do(func() { err = cmd.Start() })
	if err != nil {
		c.t.Fatal(err)
	}
	_ = cmd.Wait() // the code tells
	return harness.Result{Stdout: []byte(out.String()), Stderr: []byte(errs.String()), Code: cmd.ProcessState.ExitCode()}
}

// peersScene serves peers with different numbers of bytes: 127.0.1.N gets N times 1000, three times over.
const peersScene = `
import socket
server = socket.create_server(("127.0.0.1", 8099))
for n in range(1, 16):
    for _ in range(3):
        c = socket.create_connection(("127.0.0.1", 8099), source_address=("127.0.1.%d" % n, 0))
        s, _ = server.accept()
        s.sendall(bytes(1000 * n))
        s.close()
        while c.recv(65536): pass
        c.close()
`

// TestEventsIntoClickHouse stores events in a database and queries the peers with the most bytes.
func TestEventsIntoClickHouse(t *testing.T) {
	ns := harness.New(t)
	c := startClickHouse(t, ns)
	r := c.run("create table sockets (event String, time String, host String, local_port UInt16, "+
		"remote_addr Nullable(String), bytes_sent Nullable(UInt64)) engine = MergeTree() "+
		"partition by tuple() order by time", "")
	if r.Code != 0 {
		t.Fatalf("%s", r.Stderr)
	}
	f := follow(t, ns, "events", "--jsonl", "--set", "host=web-1", "sport 8099 or sport 9")
	f.ready(ns)
	if r := ns.Run(harness.Tool(t, "python3"), "-c", peersScene); r.Code != 0 {
		t.Fatalf("%s", r.Stderr)
	}
	var lines strings.Builder
	for n := 0; n < 46; { // 45 connections, and the listener
		if e, ok := f.next(); !ok || e.Event != "closed" {
			t.Fatalf("%+v after %d events\n%s", e, n, &f.stderr)
		}
		n++
		lines.WriteString(f.lines.Text() + "\n")
	}
	f.end()
	if r := c.run("insert into sockets format JSONEachRow", lines.String()); r.Code != 0 {
		t.Fatalf("%s", r.Stderr)
	}
	r = c.run("select remote_addr, sum(bytes_sent) as sent from sockets where host = 'web-1' and "+
		"remote_addr is not null group by remote_addr order by sent desc limit 10", "")
	var want strings.Builder
	for n := 15; n > 5; n-- {
		fmt.Fprintf(&want, "127.0.1.%d\t%d\n", n, 3000*n)
	}
	if string(r.Stdout) != want.String() {
		t.Errorf("top peers:\n%s\nwant\n%s\n%s", r.Stdout, want.String(), r.Stderr)
	}
}
