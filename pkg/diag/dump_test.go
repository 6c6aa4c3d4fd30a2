//go:build linux

package diag

import (
	"bytes"
	"context"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// TestDumpAllocs checks that few and many sockets of every family take the same number of
// allocations.
func TestDumpAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	for i := range decodeTests {
		tt := &decodeTests[i]
		few, many := dumpAllocs(t, tt, 10), dumpAllocs(t, tt, 200)
		if many > few+10 { // a longer recording has more to index, a buffer to grow
			t.Errorf("%s: %v allocations for 200 sockets, %v for 10", tt.name, many, few)
		}
	}
}

func dumpAllocs(t *testing.T, tt *decodeTest, n int) float64 {
	t.Helper()
	payloads := make([][]byte, n)
	for i := range payloads {
		payloads[i] = tt.payload
	}
	rec, err := OpenRecording(bytes.NewReader(recordingOf(&tt.query, payloads...)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Dial(&Config{Replay: rec})
	if err != nil {
		t.Fatal(err)
	}
	return testing.AllocsPerRun(10, func() {
		for s, err := range c.Sockets(context.Background(), &tt.query) {
			if err != nil {
				t.Fatal(err)
			}
			touch(s)
		}
	})
}

// TestRecent checks which sockets are recognized as repeated.
func TestRecent(t *testing.T) {
	t.Parallel()
	var r recent
	seen := func(cookie uint64, state State) bool { return r.seen(&Socket{Cookie: cookie, State: state}) }
	for i := range uint64(20) {
		if seen(i+1, StateEstablished) {
			t.Errorf("socket %d was not there before", i+1)
		}
	}
	if !seen(20, StateEstablished) || !seen(5, StateEstablished) {
		t.Error("one of the last 16 came again, and was not noticed")
	}
	if seen(4, StateEstablished) {
		t.Error("one of long ago was remembered")
	}
	if seen(20, StateClose) {
		t.Error("a socket may come again in another state: in another table")
	}
	for range 2 {
		if seen(0, StateListen) {
			t.Error("sockets without a cookie cannot be told apart")
		}
	}
}

func TestUnknownFamily(t *testing.T) {
	t.Parallel()
	c := Conn{}
	for _, family := range []uint8{0, unix.AF_X25, 255} {
		if _, err := Collect(c.Sockets(t.Context(), &Query{Family: family})); err == nil {
			t.Errorf("family %d: no error", family)
		}
	}
}

// TestLookupRequest checks the request of a look-up: struct inet_diag_req_v2.
func TestLookupRequest(t *testing.T) {
	t.Parallel()
	k := Key{
		Local: netip.MustParseAddrPort("10.0.0.1:443"), Remote: netip.MustParseAddrPort("10.0.0.2:50000"),
		Iface: 7, Cookie: testCookie,
	}
	id := testID(v4(1), v4(2))
	swapped := pack(be16(50000), be16(443), v4(2), v4(1), id[36:])
	for _, tt := range []struct {
		name string
		q    Query
		want []byte
	}{
		{"tcp", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}, pack(uint8(2), uint8(6), 6, id)},
		{"udp", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP}, pack(uint8(2), uint8(17), 6, swapped)},
		{
			"mptcp",
			Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Want: HasMPTCPInfo},
			pack(uint8(2), uint8(0), uint8(2), 5, id, at(reqProtocol, uint32(unix.IPPROTO_MPTCP))),
		},
	} {
		if got := appendInetLookup(nil, &tt.q, &k); !bytes.Equal(got, tt.want) {
			t.Errorf("%s: got\n%x, want\n%x", tt.name, got, tt.want)
		}
	}
	s := inetSocket(unix.IPPROTO_UDP, StateClose, unix.SOCK_DGRAM)
	if got, want := appendDestroy(nil, s), pack(uint8(2), uint8(17), 6, id); !bytes.Equal(got, want) {
		t.Errorf("destroy: got\n%x, want\n%x", got, want)
	}
	k.Cookie = 0
	q := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	if got := appendInetLookup(nil, &q, &k); u64(got[48:]) != ^uint64(0) {
		t.Errorf("without a cookie: %x, want INET_DIAG_NOCOOKIE", got[48:56])
	}
}

// BenchmarkDecode decodes one reply of each kind.
func BenchmarkDecode(b *testing.B) {
	for i := range decodeTests {
		tt := &decodeTests[i]
		b.Run(tt.name, func(b *testing.B) {
			f := familyOf(&tt.query)
			var s Socket
			b.ReportAllocs()
			for b.Loop() {
				s.reset()
				if _, err := f.decode(&s, tt.payload, &tt.query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
