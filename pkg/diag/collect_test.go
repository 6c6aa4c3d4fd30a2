//go:build linux

package diag

import (
	"bytes"
	"iter"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/nl"
)

// repeated yields n sockets that differ by their cookie, of one message, which it overwrites each time.
func repeated(t testing.TB, message []byte, q *Query, n int) iter.Seq2[*Socket, error] {
	t.Helper()
	var s Socket
	if err := q.Decode(&s, SourceNetlink, message); err != nil {
		t.Fatal(err)
	}
	return func(yield func(*Socket, error) bool) {
		for i := range n {
			s.Cookie = uint64(i)
			if !yield(&s, nil) {
				return
			}
		}
	}
}

// TestCollected keeps all that fields and methods tell, when the messages are overwritten.
func TestCollected(t *testing.T) {
	t.Parallel()
	for i := range decodeTests {
		tt := &decodeTests[i]
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			message := bytes.Clone(tt.payload)
			var s Socket
			_, _ = familyOf(&tt.query).decode(&s, message, &tt.query) // TestDecode checks what it returns
			want := s.Clone()
			list, err := Collect(func(yield func(*Socket, error) bool) { yield(&s, nil) })
			if err != nil || len(list) != 1 {
				t.Fatalf("%d sockets, %v", len(list), err)
			}
			clear(message)
			for _, got := range []*Socket{list[0], list[0].Clone()} {
				if d := cmp.Diff(*want, *got, compareSockets); d != "" {
					t.Errorf("socket (-want +got):\n%s", d)
				}
				if want, got := touch(want), touch(got); got != want {
					t.Errorf("methods sum up to %d, want %d", got, want)
				}
				if m := got.Message(); m != nil && !bytes.Equal(m, tt.payload) {
					t.Errorf("a part of the message is told as all of it: %x", m)
				}
			}
		})
	}
}

// TestCollectAllocs keeps many sockets in less than 700 bytes each, whatever is requested of TCP, and almost
// without allocations.
func TestCollectAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	four := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	six := Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}
	unasked := func(b []byte) []byte {
		for _, typ := range []uint16{inetShutdown, inetTOS, inetTClass, inetSkV6Only} {
			b = nl.AppendAttr(b, typ, []byte{1})
		}
		b = nl.AppendAttr(b, inetSockOpt, []byte{1, 0})
		b = nl.AppendAttrUint32(b, inetMark, 1)
		b = nl.AppendAttrUint32(b, inetClassID, 1)
		return nl.AppendAttr(b, inetCgroup, make([]byte, 8))
	}
	asked := func(b []byte) []byte {
		b = nl.AppendAttr(unasked(b), inetInfo, make([]byte, tcpInfoLen))
		b = nl.AppendAttr(b, inetSkMem, make([]byte, 36))
		b = nl.AppendAttr(b, inetMemInfo, make([]byte, memInfoLen))
		b = nl.AppendAttr(b, inetBBR, make([]byte, bbrLen))
		return nl.AppendAttr(b, inetCong, []byte("bbr\x00"))
	}
	head := func(family uint8) []byte {
		b := make([]byte, inetMsgLen)
		b[0], b[1] = family, uint8(StateEstablished)
		return b
	}
	const n = 20_000
	for _, tt := range []struct {
		name    string
		query   *Query
		message []byte
	}{
		{"bare", &four, head(unix.AF_INET)},
		{"IPv4", &four, unasked(head(unix.AF_INET))},
		{"IPv6", &six, unasked(head(unix.AF_INET6))},
		{"IPv6 with all that is fixed", &six, asked(head(unix.AF_INET6))},
	} {
		all := repeated(t, tt.message, tt.query, n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		list, err := Collect(all)
		runtime.ReadMemStats(&after)
		if err != nil || len(list) != n {
			t.Fatalf("%s: %d sockets, %v", tt.name, len(list), err)
		}
		for i, c := range list {
			if c.Cookie != uint64(i) {
				t.Fatalf("%s: socket %d has cookie %d", tt.name, i, c.Cookie)
			}
		}
		bytes := (after.TotalAlloc - before.TotalAlloc) / n
		t.Logf("%s: %d bytes a message, %d a socket", tt.name, len(tt.message), bytes)
		if bytes >= 700 {
			t.Errorf("%s: %d bytes a socket, want less than 700", tt.name, bytes)
		}
		if allocs := after.Mallocs - before.Mallocs; allocs > n/50 {
			t.Errorf("%s: %d allocations for %d sockets", tt.name, allocs, n)
		}
	}
}
