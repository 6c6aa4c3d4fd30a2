//go:build linux

package diag

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
)

// compareSockets compares plain fields, addresses by value. TestDecodeParts compares what methods
// decode.
var compareSockets = cmp.Options{
	cmpopts.IgnoreUnexported(Socket{}), cmpopts.EquateComparable(Socket{}.Local, Cong{}),
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for i := range decodeTests {
		tt := &decodeTests[i]
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s Socket
			malformed, err := familyOf(&tt.query).decode(&s, tt.payload, &tt.query)
			if err != nil || malformed != tt.malformed {
				t.Errorf("decode: %d malformed, %v, want %d", malformed, err, tt.malformed)
			}
			if d := cmp.Diff(tt.want, s, compareSockets); d != "" {
				t.Errorf("socket (-want +got):\n%s", d)
			}
		})
	}
}

// TestDecodeReused decodes every reply into a Socket that held every other one of its family.
func TestDecodeReused(t *testing.T) {
	t.Parallel()
	for i := range decodeTests {
		before := &decodeTests[i]
		for j := range decodeTests {
			tt := &decodeTests[j]
			f := familyOf(&tt.query)
			if f != familyOf(&before.query) {
				continue
			}
			var s Socket
			_, _ = f.decode(&s, before.payload, &before.query) // TestDecode checks what it returns
			s.reset()
			_, _ = f.decode(&s, tt.payload, &tt.query)
			if d := cmp.Diff(tt.want, s, compareSockets); d != "" {
				t.Errorf("%s after %s (-want +got):\n%s", tt.name, before.name, d)
			}
		}
	}
}

// TestDecodeShort cuts every reply at every byte: the result may only be an error or absent parts.
func TestDecodeShort(t *testing.T) {
	t.Parallel()
	for i := range decodeTests {
		tt := &decodeTests[i]
		for n := range tt.payload {
			var s Socket
			_, _ = familyOf(&tt.query).decode(&s, tt.payload[:n:n], &tt.query) // must not panic
			touch(&s)
		}
	}
}

// touch calls everything that decodes parts of the message.
func touch(s *Socket) (n int) {
	n += len(s.Name()) + s.FilterLen() + int(s.GroupMask())
	if u, ok := s.ULP(); ok {
		n += len(u.Name)
	}
	for i := range s.Icons() {
		n += int(i)
	}
	for m := range s.Members() {
		n += len(m.Addr)
	}
	for f := range s.Filter() {
		n += int(f.K)
	}
	for g := range s.Groups() {
		n += int(g)
	}
	for k := range s.MD5Keys() {
		n += len(k.Key)
	}
	for st := range s.Storages() {
		n += int(st.Map) + len(st.Value)
	}
	for a := range s.Locals() {
		n += int(a.Port())
	}
	for a := range s.Peers() {
		n += int(a.Port())
	}
	m, i, x, tc, sm := s.MPTCP(), s.SCTP(), s.XDP(), s.TIPC(), s.SMC()
	v, d, b, p, mem := s.Vegas(), s.DCTCP(), s.BBR(), s.Packet(), s.Mem()
	n += int(v.RTT) + int(d.Alpha) + int(b.BW) + int(p.Fanout) + int(p.Rx.FrameCount) + int(mem.Tmem)
	return n + int(m.Token) + int(i.Tag) + int(x.Queue) + int(tc.Ref) + int(sm.Token) + len(sm.GID)
}

func TestDecodeAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("allocations are not counted under the race detector")
	}
	for i := range decodeTests {
		tt := &decodeTests[i]
		f := familyOf(&tt.query)
		var s Socket
		n := testing.AllocsPerRun(1000, func() {
			s.reset()
			_, _ = f.decode(&s, tt.payload, &tt.query) // TestDecode checks what it returns
			touch(&s)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.name, n)
		}
	}
}

func TestClone(t *testing.T) {
	t.Parallel()
	for i := range decodeTests {
		tt := &decodeTests[i]
		payload := bytes.Clone(tt.payload)
		var s Socket
		_, _ = familyOf(&tt.query).decode(&s, payload, &tt.query) // TestDecode checks what it returns
		want := touch(&s)
		c := s.Clone()
		clear(payload)
		if got := touch(c); got != want {
			t.Errorf("%s: clone changed with the buffer: %d, want %d", tt.name, got, want)
		}
	}
}

// fuzzDecode decodes hostile replies of one family. A reused Socket must decode to the same as a new
// one.
func fuzzDecode(f *testing.F, q Query) {
	f.Helper()
	fam := familyOf(&q)
	var dirty Socket
	for i := range decodeTests {
		tt := &decodeTests[i]
		if familyOf(&tt.query) == fam {
			f.Add(tt.payload, tt.query.Protocol)
			dirty.reset()
			_, _ = fam.decode(&dirty, tt.payload, &tt.query) // TestDecode checks what it returns
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte, protocol uint16) {
		q := q
		if q.Protocol != 0 {
			q.Protocol = protocol
		}
		var fresh Socket
		n, err := fam.decode(&fresh, payload, &q)
		if err != nil {
			return
		}
		dirty.reset()
		if m, _ := fam.decode(&dirty, payload, &q); m != n {
			t.Errorf("%d malformed in a used socket, %d in a fresh one", m, n)
		}
		if d := cmp.Diff(fresh, dirty, compareSockets); d != "" {
			t.Errorf("fresh and used socket differ (-fresh +used):\n%s", d)
		}
		if a, b := touch(&fresh), touch(&dirty); a != b {
			t.Errorf("parts differ: %d, used %d", a, b)
		}
	})
}

func FuzzDecodeInet(f *testing.F) {
	fuzzDecode(f, Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: ^Fields(0)})
}
func FuzzDecodeUnix(f *testing.F)    { fuzzDecode(f, Query{Family: unix.AF_UNIX}) }
func FuzzDecodePacket(f *testing.F)  { fuzzDecode(f, Query{Family: unix.AF_PACKET}) }
func FuzzDecodeNetlink(f *testing.F) { fuzzDecode(f, Query{Family: unix.AF_NETLINK}) }
func FuzzDecodeVsock(f *testing.F)   { fuzzDecode(f, Query{Family: unix.AF_VSOCK}) }
func FuzzDecodeXDP(f *testing.F)     { fuzzDecode(f, Query{Family: unix.AF_XDP}) }
func FuzzDecodeTIPC(f *testing.F)    { fuzzDecode(f, Query{Family: unix.AF_TIPC}) }
func FuzzDecodeSMC(f *testing.F)     { fuzzDecode(f, Query{Family: unix.AF_SMC}) }
