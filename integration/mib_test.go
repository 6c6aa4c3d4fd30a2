//go:build integration

package integration

import (
	"net"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/mib"
)

// TestCounters counts datagrams that a namespace sends, from outside of it.
func TestCounters(t *testing.T) {
	ns := harness.New(t)
	r := mib.Reader{Config: mib.Config{NetNS: ns.FD()}}
	read := func(s *mib.Snapshot) {
		t.Helper()
		failed := make(chan error)
		go func() { failed <- r.Read(s) }() // another thread, in the namespace that we came from
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	var before, after mib.Snapshot
	read(&before)
	if m, ok := before.Get("Udp", "OutDatagrams"); !ok || m.Value != 0 {
		t.Errorf("a fresh namespace has sent %d datagrams", m.Value)
	}
	receiver, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close() //nolint:errcheck // nothing was written
	sender, err := net.Dial("udp4", receiver.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close() //nolint:errcheck // what was written is counted
	for range 5 {
		if _, err := sender.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	read(&after)
	want := map[string]int64{"Udp OutDatagrams": 5, "Ip OutRequests": 5, "IpExt InOctets": 5 * 29, "sockstat UDP inuse": 2}
	seen := 0
	for m, delta := range after.Since(&before) {
		if n, ok := want[m.Section+" "+m.Name]; ok {
			seen++
			if delta != n {
				t.Errorf("%s %s has grown by %d, want %d", m.Section, m.Name, delta, n)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d values seen", seen, len(want))
	}
}
