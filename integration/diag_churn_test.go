//go:build integration

package integration

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

const (
	crowdedBuckets = 1024
	crowdedPairs   = 4000
	crowdedDumps   = 60
)

// TestCrowdedChurn lists a crowded table while connections come and go. The kernel then repeats
// sockets at the borders of its datagrams, and skips some: none may be yielded twice.
func TestCrowdedChurn(t *testing.T) {
	ns := crowdedNS(t)
	stable := stablePairs(t, ns)
	var made atomic.Int64
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ns.Do(func() {
			if err := churn(stop, &made); err != nil {
				t.Errorf("make connections: %v", err)
			}
		})
	})
	c := dial(t, nil)
	twice, missed := 0, 0
	for range crowdedDumps {
		n, seen := distinct(t, c)
		twice += n - len(seen)
		for _, key := range stable {
			if !seen[key] {
				missed++
			}
		}
	}
	close(stop)
	group.Wait()
	churned(t, &made, crowdedDumps)
	if twice > 0 {
		t.Errorf("%d sockets came twice", twice)
	}
	t.Logf("%d dumps of %d lasting sockets beside %d connections: %d repeated by the kernel and left out, %d missed",
		crowdedDumps, len(stable), made.Load(), c.Stats().Repeated, missed)
}

// crowdedNS makes a namespace with a small TCP table of its own, since Linux 6.1.
func crowdedNS(t *testing.T) *harness.NS {
	t.Helper()
	harness.New(t)
	size := []byte(fmt.Sprint(crowdedBuckets)) // for the children of this one
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_child_ehash_entries", size, 0); err != nil {
		t.Skipf("this kernel has one table for all namespaces: %v", err)
	}
	return harness.Crowded(t)
}

// stablePairs makes connections that last and returns their keys.
func stablePairs(t *testing.T, ns *harness.NS) (keys []string) {
	t.Helper()
	listener := ns.Listen("127.0.0.1:0")
	for range crowdedPairs {
		ns.TCP("127.0.0.1:0").Connect(listener)
		listener.Accept()
	}
	_, seen := distinct(t, dial(t, nil))
	for key := range seen {
		keys = append(keys, key)
	}
	return keys
}

// distinct counts the sockets of one dump and returns the different ones. A request and its later
// connection count as two: they differ in their state.
func distinct(t *testing.T, c *diag.Conn) (n int, seen map[string]bool) {
	t.Helper()
	seen = map[string]bool{}
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	for s, err := range c.Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		seen[fmt.Sprintf("%x %s", s.Cookie, s.State)] = true
	}
	return n, seen
}
