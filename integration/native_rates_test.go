//go:build integration

package integration

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// numberOf returns a field that is a number, 0 if it is none.
func numberOf(row map[string]any, key string) float64 {
	n, _ := row[key].(float64)
	return n
}

// TestNativeRates checks that a listing takes two samples if rates are requested, and only then.
func TestNativeRates(t *testing.T) {
	ns := harness.New(t)
	server := ns.Listen("127.0.0.1:0")
	talker, silent := ns.TCP("127.0.0.2:0"), ns.TCP("127.0.0.3:0")
	talker.Connect(server)
	listener := server.Accept()
	silent.Connect(server)
	server.Accept()

	stop := make(chan struct{})
	var talking sync.WaitGroup
	talking.Go(func() {
		words := make([]byte, 8<<10)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
			_, _ = unix.Write(talker.FD, words) // repeated if it does not fit
			_, _ = unix.Read(listener.FD, words)
		}
	})
	defer talking.Wait()
	defer close(stop)

	clients := fmt.Sprintf("remote_port=%d", server.Port())
	rows := rowsOf(t, ns, "-t", "--rate=200ms", "-s", "send_rate",
		"--json=local_port,send_rate,recv_rate,retrans_rate,segs_out_rate,age", clients)
	if len(rows) != 2 {
		t.Fatalf("got %v, want two connections", rows)
	}
	if port, rate := rows[0]["local_port"], numberOf(rows[0], "send_rate"); port != float64(talker.Port()) || rate < 1000 {
		t.Errorf("the fastest is %v, want port %d with 1 kbit/s at least", rows[0], talker.Port())
	}
	if numberOf(rows[0], "segs_out_rate") < 1 {
		t.Errorf("no segments a second: %v", rows[0])
	}
	if rows[1]["send_rate"] != 0.0 || rows[1]["recv_rate"] != 0.0 {
		t.Errorf("who is silent has a rate: %v", rows[1])
	}
	if rows[0]["age"] != nil {
		t.Errorf("two looks tell no age: %v", rows[0])
	}

	rows = rowsOf(t, ns, "--json=local_port", "send_rate>1kbit", clients)
	if len(rows) != 1 || rows[0]["local_port"] != float64(talker.Port()) {
		t.Errorf("send_rate>1kbit: got %v, want port %d alone", rows, talker.Port())
	}
	rows = rowsOf(t, ns, "--json", clients)
	if len(rows) != 2 || rows[0]["send_rate"] != nil {
		t.Errorf("all fields: got %v, want two rows without rates", rows)
	}
	sum := rowsOf(t, ns, "--rate=100ms", "--sum=send_rate", "--json", clients)
	if len(sum) != 1 || numberOf(sum[0], "sum_send_rate") < 1000 {
		t.Errorf("the total is %v, want 1 kbit/s at least", sum)
	}
}

// TestNativeWatchSummary checks that counts are watched.
func TestNativeWatchSummary(t *testing.T) {
	ns := harness.New(t)
	ns.Listen("127.0.0.1:0")
	counts := watchIn(t, ns, "summary -t --jsonl=proto,listen")
	other := ns.Listen("127.0.0.1:0")
	counts.next(`"event":"changed"`, `"proto":"tcp","listen":2`)
	other.Close()
	counts.next(`"event":"changed"`, `"proto":"tcp","listen":1`)
	counts.end()
}
