//go:build integration

package integration

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestTopSends compares the sum of SEND over all samples with what a program sent.
func TestTopSends(t *testing.T) {
	ns := harness.New(t)
	d := &dialer{t, ns}
	d.listen("127.0.0.1:7012", func(c net.Conn) {
		go func() { // ends with the connection
			buf := make([]byte, 1<<16)
			for {
				if _, err := c.Read(buf); err != nil {
					return
				}
			}
		}()
	})
	const conns, blocks, block = 5, 150, 1 << 15
	var open []*net.TCPConn
	for range conns {
		open = append(open, d.dial("127.0.0.1:0", "127.0.0.1:7012"))
	}
	dir := t.TempDir()
	c := harness.Command{Path: harness.Tool(t, "env"), Args: []string{"-C", dir, harness.Program(t, "nlstat")}}
	s := topBy(t, ns, &c, 100, 24, "--interval", "500ms", "--view", "connections", "dst :7012")
	s.shows("127.0.0.1:7012")
	done := make(chan struct{})
	go func() { // ends with what it sends
		defer close(done)
		for range blocks {
			for _, c := range open {
				_, _ = c.Write(make([]byte, block)) // the sum tells
			}
			time.Sleep(20 * time.Millisecond) // a rate of its own
		}
	}()
	idle := 0
	for idle < 20 { // until more samples than one have come after it
		s.keys("x")
		select {
		case <-done:
			idle++
		default:
		}
	}
	s.ended()
	const want = conns * blocks * block
	if got := exported(t, dir); got < want*98/100 || got > want*102/100 {
		t.Errorf("%d bytes were sent, the sum of SEND is %.0f", want, got)
	}
}

// exported returns the sum of all rates that were exported, each times how long it held: since the sample before.
func exported(t *testing.T, dir string) (sum float64) {
	t.Helper()
	files, err := filepath.Glob(dir + "/nlstat-top-*.jsonl")
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // read-only
	var last, now time.Time
	type rowKey struct {
		at    time.Time
		local string
	}
	seen := map[rowKey]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct {
			Time  time.Time
			Local string
			Send  float64
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		if row.Time != now {
			last, now = now, row.Time
		}
		key := rowKey{row.Time, row.Local}
		if !seen[key] && !last.IsZero() {
			sum += row.Send * now.Sub(last).Seconds()
		}
		seen[key] = true
	}
	return sum
}
