//go:build linux

package diag

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recordingOf builds a recording of one dump.
func recordingOf(q *Query, payloads ...[]byte) []byte {
	hdr := nl.Header{Seq: 1, PID: 2}
	var datagrams [][]byte
	var d []byte
	for _, p := range payloads {
		if len(d) > 32<<10 { // the kernel begins a new datagram there, too
			datagrams, d = append(datagrams, d), nil
		}
		d = nl.AppendRequest(d, unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_MULTI, hdr, p)
	}
	d = nl.AppendRequest(d, unix.NLMSG_DONE, unix.NLM_F_MULTI, hdr, make([]byte, 4))
	var b bytes.Buffer
	rec := NewRecorder(&b, nil)
	req := familyOf(q).request(nil, q)
	rec.Exchange(unix.NETLINK_SOCK_DIAG,
		nl.AppendRequest(nil, unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP, hdr, req), append(datagrams, d)...)
	if err := rec.Close(); err != nil {
		panic(err) // a buffer does not fail
	}
	return b.Bytes()
}

func replay(t *testing.T, recording []byte) *Conn {
	t.Helper()
	rec, err := OpenRecording(bytes.NewReader(recording))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Dial(&Config{Replay: rec})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestReplay replays a dump of each family, also for narrower queries.
func TestReplay(t *testing.T) {
	t.Parallel()
	for i := range decodeTests {
		tt := &decodeTests[i]
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := replay(t, recordingOf(&tt.query, tt.payload))
			got, err := Collect(c.Sockets(t.Context(), &tt.query))
			if err != nil || len(got) != 1 {
				t.Fatalf("%d sockets, %v, want 1", len(got), err)
			}
			if d := cmp.Diff(tt.want, *got[0], compareSockets); d != "" {
				t.Errorf("socket (-want +got):\n%s", d)
			}
			narrow := tt.query
			narrow.Want, narrow.States = 0, States(StateFinWait1)
			got, err = Collect(c.Sockets(t.Context(), &narrow))
			if err != nil || len(got) != 0 {
				t.Errorf("other states: %d sockets, %v, want none", len(got), err)
			}
			other := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP, Want: ^Fields(0)}
			if tt.query.Protocol == unix.IPPROTO_SCTP {
				other.Protocol = unix.IPPROTO_UDP
			}
			if _, err := Collect(c.Sockets(t.Context(), &other)); !errors.Is(err, ErrNotRecorded) {
				t.Errorf("another table: %v, want ErrNotRecorded", err)
			}
		})
	}
}

// TestReplayFilter checks that a filter is run on recorded replies.
func TestReplayFilter(t *testing.T) {
	t.Parallel()
	tt := &decodeTests[0]
	c := replay(t, recordingOf(&tt.query, tt.payload, tt.payload))
	for port, want := range map[int32]int{443: 1, 444: 0} { // the second port is the first + 1
		q := tt.query
		cond := Condition{Op: OpLocalGE, Port: port}
		q.Filter = cond.Bytecode()
		got, err := Collect(c.Sockets(t.Context(), &q))
		if err != nil || len(got) != want {
			t.Errorf("local port >= %d: %d sockets, %v, want %d", port, len(got), err, want)
		}
	}
	q := tt.query
	q.Filter = Bytecode{0xff, 0, 0, 0}
	if _, err := Collect(c.Sockets(t.Context(), &q)); !errors.Is(err, ErrBytecode) {
		t.Errorf("invalid filter: %v, want ErrBytecode", err)
	}
}

// TestReplayAssociations checks that associations, whose states are SCTP's own, follow their endpoint.
func TestReplayAssociations(t *testing.T) {
	t.Parallel()
	q := Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP}
	endpoint := testInet(unix.AF_INET, uint8(StateListen), v4(1), v4(0))
	assoc := pack(testInet(unix.AF_INET, uint8(SCTPStateEstablished), v4(1), v4(2)),
		at(inetPeers, sockaddrStorage(50000, v4(2)[:4])))
	c := replay(t, recordingOf(&q, endpoint, assoc, assoc))
	for states, want := range map[StateSet]int{0: 3, States(StateListen): 3, States(StateSynRecv): 2, States(StateClose): 0} {
		narrow := q
		narrow.States = states
		got, err := Collect(c.Sockets(t.Context(), &narrow))
		if err != nil || len(got) != want {
			t.Errorf("states %x: %d sockets, %v, want %d", uint32(states), len(got), err, want)
		}
	}
}

// TestReplayUnix derives references and waiting connections from a recording.
func TestReplayUnix(t *testing.T) {
	t.Parallel()
	msg := func(state uint8, inode uint32, attrs ...any) []byte {
		return pack(append([]any{uint8(1), uint8(1), state, uint8(0), inode, inode, uint32(1)}, attrs...)...)
	}
	recorded := Query{Family: unix.AF_UNIX, Want: HasPeer | HasIcons | HasName}
	b := recordingOf(&recorded,
		msg(10, 1, at(unixName, "/l\x00"), at(unixIcons, uint32(2), uint32(0), uint32(99))),
		msg(1, 2, at(unixPeer, uint32(0))),
		msg(1, 3, at(unixPeer, uint32(4))), msg(1, 4, at(unixPeer, uint32(3))), msg(7, 5, at(unixPeer, uint32(1))))
	q := Query{Family: unix.AF_UNIX, Want: HasRefs | HasName, Pending: true}
	var got []string
	for s, err := range replay(t, b).Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s refs %d %s", s.Inode, s.State, s.Refs, s.Name()))
	}
	want := []string{
		"1 LISTEN refs 3 /l", "0 SYN-SENT refs 3 /l", "0 SYN-SENT refs 2 /l", // 99 is of another namespace
		"2 ESTAB refs 3 ", "3 ESTAB refs 3 ", "4 ESTAB refs 3 ", "5 UNCONN refs 2 ",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("sockets (-want +got):\n%s", d)
	}
}

// fixtureQueries are the queries of the recorded fixtures, see TestKernelFixture in integration/.
var fixtureQueries = []struct {
	name  string
	query Query
}{
	{"tcp", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: ^(HasStorage | HasMD5)}},
	{"tcp6", Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, Want: ^(HasStorage | HasMD5)}},
	{"udp", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, Want: HasSkMem}},
	{"udp6", Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP, Want: HasSkMem}},
	{"udplite", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDPLITE}},
	{"raw", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW}},
	{"icmp", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_ICMP}},
	{"mptcp", Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP, Want: HasMPTCPInfo}},
	{"unix", Query{Family: unix.AF_UNIX, Want: ^Fields(0), Pending: true}},
	{"packet", Query{Family: unix.AF_PACKET, Want: ^Fields(0)}},
	{"netlink", Query{Family: unix.AF_NETLINK, Want: ^Fields(0)}},
}

// TestFixtures replays the replies of kernels, testdata/KERNEL.nl, and compares with KERNEL.golden.
func TestFixtures(t *testing.T) {
	t.Parallel()
	if bigEndian || binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the recordings were made on little-endian machines")
	}
	files, err := filepath.Glob("testdata/*.nl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := fixtureText(t, replay(t, b))
		golden := strings.TrimSuffix(file, ".nl") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil { //nolint:gosec // world-readable
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
	}
}

// TestNetlinkOnce checks that a socket in a multicast group, which the kernel sends twice, is yielded once
// without Query.Repeats.
func TestNetlinkOnce(t *testing.T) {
	if bigEndian {
		t.Skip("the recordings were made on little-endian machines")
	}
	b, err := os.ReadFile("testdata/linux-6.18.nl")
	if err != nil {
		t.Fatal(err)
	}
	count := func(q *Query) (sockets, cookies int) {
		seen := map[uint64]bool{}
		for s, err := range replay(t, b).Sockets(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			sockets++
			seen[s.Cookie] = true
		}
		return sockets, len(seen)
	}
	once, cookies := count(&Query{Family: unix.AF_NETLINK})
	all, same := count(&Query{Family: unix.AF_NETLINK, Repeats: true})
	if once != cookies || same != cookies || all <= once {
		t.Errorf("%d sockets, %d with repeats; %d and %d cookies", once, all, cookies, same)
	}
}

func fixtureText(t *testing.T, c *Conn) string {
	t.Helper()
	var b strings.Builder
	for i := range fixtureQueries {
		f := &fixtureQueries[i]
		var rows []string
		for s, err := range c.Sockets(t.Context(), &f.query) {
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			rows = append(rows, fixtureRow(s))
		}
		slices.Sort(rows)
		fmt.Fprintf(&b, "== %s\n%s\n", f.name, strings.Join(rows, "\n"))
	}
	if n := c.Stats().Malformed; n > 0 {
		t.Errorf("%d malformed attributes", n)
	}
	return b.String()
}

// fixtureRow formats something of every part.
func fixtureRow(s *Socket) string {
	ulp, _ := s.ULP()
	m := s.MPTCP()
	return fmt.Sprintf("source %d type %d protocol %d %s %s %s if %d q %d/%d has %x timer %d cong %q rtt %d mem %d "+
		"name %q peer %d refs %d packet %v netlink %d groups %x ulp %q token %x",
		s.Source, s.Type, s.Protocol, s.State, s.Local, s.Remote, s.Iface, s.RecvQ, s.SendQ, uint64(s.Has), s.Timer,
		s.Cong, s.TCP.RTT, s.SkMem.Rcvbuf, s.Name(), s.Unix.Peer, s.Refs, s.Packet(), s.Netlink.PortID, s.GroupMask(),
		ulp.Name, m.Token)
}
