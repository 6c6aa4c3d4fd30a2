//go:build linux

package inspect

import (
	"bytes"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestRecordedPeer records one end of a connection: the replay has the other one and its process.
func TestRecordedPeer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = accepted.Close() }()
	port := uint16(l.Addr().(*net.TCPAddr).Port) //nolint:errcheck,forcetypeassert // of a TCP listener
	plan := Plan{
		Queries: Ask(diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: connected, RemotePort: port}),
		Needs:   NeedOwner | NeedPeer,
		Filter:  func(int) func(*Row) bool { return func(r *Row) bool { return r.Remote.Port() == port } },
	}
	list := func(cfg *Config) (peers, pids []uint32, noOwners bool) {
		s, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		for row, err := range s.Sockets(t.Context(), &plan) {
			if err != nil {
				t.Fatal(err)
			}
			peers = append(peers, row.PeerInode())
			for _, ref := range row.PeerHolders() {
				pids = append(pids, uint32(ref.PID))
			}
		}
		return peers, pids, s.Report().NoOwners
	}
	var b bytes.Buffer
	w := diag.NewRecorder(&b, nil)
	was, _, _ := list(&Config{Record: w})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rec, err := diag.OpenRecording(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	is, pids, none := list(&Config{Replay: rec})
	if len(was) != 1 || len(is) != 1 || is[0] == 0 || is[0] != was[0] || len(pids) != 1 || pids[0] != uint32(os.Getpid()) || none {
		t.Errorf("other end %v recorded, %v held by %v replayed, no owners %t", was, is, pids, none)
	}
	if _, _, none = list(&Config{Replay: recordingOf(t, func(*diag.Recorder) {})}); !none {
		t.Error("a recording without owners does not say so")
	}
}
