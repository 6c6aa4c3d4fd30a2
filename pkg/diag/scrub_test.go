//go:build linux

package diag

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// md5Answer is a socket with two keys and an unknown attribute of a newer kernel.
func md5Answer() []byte {
	return pack(testInet(unix.AF_INET, uint8(StateEstablished), v4(1), v4(2)),
		at(inetTOS, uint8(16)),
		at(inetMD5,
			uint8(unix.AF_INET), uint8(24), uint16(11), v4(0), "bgp-secret1", md5KeyMax-11,
			uint8(unix.AF_INET), uint8(32), uint16(11), v4(9), "bgp-secret2", md5KeyMax-11, "bgp-secret3"),
		at(inetKnown+1, "bgp-secret4"),
		at(inetMark, uint32(7)))
}

// TestNoKeysInRecordings checks that a recording has all parts of a socket but its keys.
func TestNoKeysInRecordings(t *testing.T) {
	t.Parallel()
	q := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: HasMD5 | HasTOS | HasMark}
	b := recordingOf(&q, md5Answer(), md5Answer())
	if bytes.Contains(b, []byte("bgp-secret")) {
		t.Error("a key is in the recording")
	}
	n := 0
	for s, err := range replay(t, b).Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		want := []MD5Key{{Peers: netip.MustParsePrefix("10.0.0.0/24")}, {Peers: netip.MustParsePrefix("10.0.0.9/32")}}
		same := slices.EqualFunc(slices.Collect(s.MD5Keys()), want, func(a, b MD5Key) bool {
			return a.Peers == b.Peers && len(a.Key) == 0
		})
		if !same || s.TOS != 16 || s.Mark != 7 || s.Has&(HasTOS|HasMark|HasMD5) != HasTOS|HasMark|HasMD5 {
			t.Errorf("keys %v, tos %d, mark %d, want the peers without keys, 16 and 7",
				slices.Collect(s.MD5Keys()), s.TOS, s.Mark)
		}
	}
	if n == 0 {
		t.Error("no sockets")
	}
}

// TestCaptureIsBare checks that a capture has the kernel's bytes, keys included.
func TestCaptureIsBare(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	d := nl.AppendRequest(nil, unix.SOCK_DIAG_BY_FAMILY, 0, nl.Header{}, md5Answer())
	rec := NewCapture(&b)
	rec.In(Namespace{Inode: 1}).Exchange(unix.NETLINK_SOCK_DIAG, d, d)
	rec.File("a", d)
	rec.Chunk("b", d)
	if err := rec.Close(); err != nil || !bytes.Equal(b.Bytes(), d) {
		t.Errorf("capture differs from the datagram: %v", err)
	}
}

// counting counts what reaches another Rewriter, whose error it returns.
type counting struct {
	requests, replies, files int
	err                      error
}

func (c *counting) Request(int, uint16, []byte) error      { c.requests++; return c.err }
func (c *counting) Reply(int, uint8, uint16, []byte) error { c.replies++; return c.err }
func (c *counting) File(string, []byte) error              { c.files++; return c.err }

func TestOtherRewriters(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for _, want := range []error{nil, refused} {
		var b bytes.Buffer
		first, second := &counting{}, &counting{err: want}
		rec := NewRecorder(&b, nil, first, second)
		d := nl.AppendRequest(nil, unix.SOCK_DIAG_BY_FAMILY, 0, nl.Header{}, md5Answer())
		rec.Exchange(unix.NETLINK_SOCK_DIAG, d, d)
		rec.File("net/raw", nil)
		if err := rec.Close(); !errors.Is(err, want) {
			t.Errorf("Close = %v, want %v", err, want)
		}
		if *first != (counting{1, 1, 1, nil}) || *second != (counting{1, 1, 1, want}) {
			t.Errorf("the Rewriters got %v and %v, want one of each", *first, *second)
		}
	}
}

// FuzzScrub checks that a scrubbed reply decodes to the same as before, except for the keys.
func FuzzScrub(f *testing.F) {
	f.Add(md5Answer())
	f.Add(md5Answer()[:inetMsgLen+9])
	f.Fuzz(func(t *testing.T, b []byte) {
		q := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: ^Fields(0)}
		var before, after Socket
		if _, err := decodeInet(&before, b, &q); err != nil {
			return
		}
		has, peers := before.Has, 0
		for range before.MD5Keys() {
			peers++
		}
		b[0] = unix.AF_INET
		if err := (scrubber{}).Reply(unix.NETLINK_SOCK_DIAG, unix.AF_INET, unix.SOCK_DIAG_BY_FAMILY, b); err != nil {
			t.Fatal(err)
		}
		if _, err := decodeInet(&after, b, &q); err != nil || after.Has != has {
			t.Fatalf("it has %x, %v, want %x", after.Has, err, has)
		}
		for k := range after.MD5Keys() {
			if peers--; len(k.Key) > 0 {
				t.Fatalf("key %q", k.Key)
			}
		}
		if peers != 0 {
			t.Fatalf("%d peers are missing", peers)
		}
	})
}

// TestScrubAllocs scrubs without allocating.
func TestScrubAllocs(t *testing.T) {
	b := md5Answer()
	var s nl.Rewriter = scrubber{}
	if n := testing.AllocsPerRun(100, func() {
		_ = s.Reply(unix.NETLINK_SOCK_DIAG, unix.AF_INET, unix.SOCK_DIAG_BY_FAMILY, b)
	}); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
