//go:build linux

package redact

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/nl"
)

var key = [32]byte{1, 2, 3}

// addr is an address in its 16 bytes of struct inet_diag_sockid.
func addr(text string) []byte {
	a := netip.MustParseAddr(text)
	b := make([]byte, 16)
	copy(b, a.AsSlice())
	return b
}

// inetAnswer is a reply: struct inet_diag_msg, with attributes.
func inetAnswer(local, remote string, attrs ...[]byte) []byte {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	b := make([]byte, 72)
	b[0], b[1] = unix.AF_INET, uint8(diag.StateEstablished)
	if l.Addr().Is6() {
		b[0] = unix.AF_INET6
	}
	binary.BigEndian.PutUint16(b[4:], l.Port())
	binary.BigEndian.PutUint16(b[6:], r.Port())
	copy(b[8:24], addr(l.Addr().String()))
	copy(b[24:40], addr(r.Addr().String()))
	binary.NativeEndian.PutUint32(b[64:], 1000) // user
	binary.NativeEndian.PutUint32(b[68:], 4711) // inode
	return slices.Concat(b, bytes.Join(attrs, nil))
}

func unixAnswer(name string) []byte {
	b := make([]byte, 16)
	b[0], b[1], b[2] = unix.AF_UNIX, unix.SOCK_STREAM, uint8(diag.StateListen)
	b = nl.AppendAttr(slices.Clip(b), 0, []byte(name))
	return nl.AppendAttrUint32(b, 7, 1000)
}

// recorded records replies through a Redactor and returns the replayed sockets.
func recorded(t *testing.T, q *diag.Query, answers ...[]byte) []*diag.Socket {
	t.Helper()
	var hdr nl.Header
	var d []byte
	for _, a := range answers {
		d = nl.AppendRequest(d, unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_MULTI, hdr, a)
	}
	d = nl.AppendRequest(d, unix.NLMSG_DONE, unix.NLM_F_MULTI, hdr, make([]byte, 4))
	request := bytes.Repeat([]byte{0xff}, 56) // for everything
	request[0], request[1] = q.Family, uint8(q.Protocol)
	clear(request[8:56])
	if q.Family == unix.AF_UNIX {
		request = append(request[:8], 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	var b bytes.Buffer
	rec := diag.NewRecorder(&b, &diag.Head{Redacted: true}, WithKey(key))
	rec.Exchange(unix.NETLINK_SOCK_DIAG, nl.AppendRequest(nil, unix.SOCK_DIAG_BY_FAMILY, 0, hdr, request), d)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	replay, err := diag.OpenRecording(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := diag.Dial(&diag.Config{Replay: replay})
	if err != nil {
		t.Fatal(err)
	}
	all, err := diag.Collect(c.Sockets(t.Context(), q))
	if err != nil || len(all) != len(answers) {
		t.Fatalf("%d sockets of %d, %v", len(all), len(answers), err)
	}
	return all
}

// TestPairs checks that the two ends of a connection still match, over IPv4, IPv6 and both.
func TestPairs(t *testing.T) {
	for _, ends := range [][2]string{
		{"10.0.0.1:443", "192.0.2.77:40000"},
		{"[2001:db8::1]:443", "[2001:db8:1::77]:40000"},
		{"[::ffff:10.0.0.1]:443", "[::ffff:192.0.2.77]:40000"},
		{"127.0.0.1:443", "127.0.0.1:40000"},
	} {
		q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
		if ends[0][0] == '[' {
			q.Family = unix.AF_INET6
		}
		got := recorded(t, &q, inetAnswer(ends[0], ends[1]), inetAnswer(ends[1], ends[0]))
		if got[0].Local != got[1].Remote || got[0].Remote != got[1].Local || got[0].Local.Port() != 443 {
			t.Errorf("%v: %v -> %v does not match %v -> %v", ends,
				got[0].Local, got[0].Remote, got[1].Local, got[1].Remote)
		}
		hidden := got[0].Local.String() != ends[0]
		if hidden == got[0].Local.Addr().IsLoopback() {
			t.Errorf("%v became %v", ends[0], got[0].Local)
		}
		if got[0].UID != 0 || got[0].Inode != 4711 {
			t.Errorf("user %d, inode %d, want 0 and 4711", got[0].UID, got[0].Inode)
		}
	}
}

func TestUnix(t *testing.T) {
	q := diag.Query{Family: unix.AF_UNIX, Want: diag.HasName | diag.HasUID}
	long := "\x00" + strings.Repeat("secret", 18)
	got := recorded(t, &q, unixAnswer("/run/secret\x00"), unixAnswer(long), unixAnswer("/run/secret\x00"), unixAnswer(""))
	for i, want := range []string{"/run/secret", long, "/run/secret", ""} {
		name := string(got[i].Name())
		if len(name) != len(want) || strings.Contains(name, "secret") || name != "" && name[0] != want[0] {
			t.Errorf("%q became %q", want, name)
		}
		if got[i].UID != 0 || got[i].Has&diag.HasUID == 0 {
			t.Errorf("user %d", got[i].UID)
		}
	}
	if string(got[0].Name()) != string(got[2].Name()) {
		t.Error("the same name became different ones")
	}
}

// TestReply checks what remains of addresses, names and users in each kind of reply.
func TestReply(t *testing.T) {
	const secret = "\xc0\x00\x02\x4d" // 192.0.2.77
	mapped := netip.MustParseAddr("192.0.2.77")
	mapped = WithKey(key).Addr(mapped)
	storage4 := append([]byte{unix.AF_INET, 0, 1, 187}, append([]byte(secret), make([]byte, 120)...)...)
	storage6 := append([]byte{unix.AF_INET6, 0, 1, 187, 0, 0, 0, 0}, append(addr("2001:db8::c000:24d"), make([]byte, 104)...)...)
	if binary.NativeEndian.Uint16(storage4) != unix.AF_INET {
		storage4[0], storage4[1] = 0, unix.AF_INET
		storage6[0], storage6[1] = 0, unix.AF_INET6
	}
	odd := append([]byte{9, 9}, append([]byte(secret), make([]byte, 122)...)...)
	md5 := append([]byte{unix.AF_INET, 32, 0, 0}, append([]byte(secret), make([]byte, 92)...)...)
	tipc := nl.AppendAttr(nl.AppendAttrUint32(nil, 8, 0x4d0200c0), 13, []byte(secret))
	smc := slices.Concat(inetAnswer("192.0.2.77:1", "192.0.2.77:2")[:64], nl.AppendAttr(nil, 2, []byte(secret)))
	smc[0] = unix.AF_SMC
	packet := append(make([]byte, 16), nl.AppendAttr(nil, 1, append(make([]byte, 12), append([]byte(secret), make([]byte, 28)...)...))...)
	packet[0] = unix.AF_PACKET
	for _, tt := range []struct {
		name   string
		family uint8
		in     []byte
		want   []byte // that the result must contain, nil = not checked
	}{
		{"addresses", 0, inetAnswer("192.0.2.77:1", "192.0.2.77:2"), mapped.AsSlice()},
		{"SCTP", 0, inetAnswer("127.0.0.1:1", "127.0.0.1:2", nl.AppendAttr(nil, 12, bytes.Join([][]byte{storage4, odd, storage6, []byte(secret)}, nil))), mapped.AsSlice()},
		{"MD5", 0, inetAnswer("127.0.0.1:1", "127.0.0.1:2", nl.AppendAttr(nil, 18, append(md5, secret...))), mapped.AsSlice()},
		{"storage", 0, inetAnswer("127.0.0.1:1", "127.0.0.1:2", nl.AppendAttr(nil, 20, []byte(secret))), nil},
		{"of a newer kernel", 0, inetAnswer("127.0.0.1:1", "127.0.0.1:2", nl.AppendAttr(nil, 99, []byte(secret))), nil},
		{"no attribute", 0, inetAnswer("127.0.0.1:1", "127.0.0.1:2", []byte(secret)), nil},
		{"short", 0, inetAnswer("192.0.2.77:1", "192.0.2.77:2")[:60], nil},
		{"SMC", 0, smc, mapped.AsSlice()},
		{"TIPC", unix.AF_TIPC, nl.AppendAttr(nil, 2|unix.NLA_F_NESTED, tipc), nil},
		{"packet", 0, packet, nil},
	} {
		b := bytes.Clone(tt.in)
		if err := WithKey(key).Reply(unix.NETLINK_SOCK_DIAG, tt.family, 20, b); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !bytes.Contains(tt.in, []byte(secret)) || bytes.Contains(b, []byte(secret)) || !bytes.Contains(b, tt.want) {
			t.Errorf("%s:\n%x became\n%x", tt.name, tt.in, b)
		}
	}
	other := append(make([]byte, 16), nl.AppendAttrUint32(nil, 2, 1000)...)
	for _, family := range []uint8{unix.AF_XDP, unix.AF_NETLINK, unix.AF_VSOCK} {
		b := append(bytes.Clone(other), make([]byte, 16)...)
		b[0] = family
		if err := WithKey(key).Reply(unix.NETLINK_SOCK_DIAG, family, 20, b); err != nil {
			t.Errorf("family %d: %v", family, err)
		}
	}
}

func TestRequest(t *testing.T) {
	const secret = "\xc0\x00\x02\x4d"
	mapped := WithKey(key).Addr(netip.MustParseAddr("192.0.2.77")).AsSlice()
	host := func(prefix byte, addr string) []byte {
		op := []byte{7, 0, 0, 0, unix.AF_INET, prefix, 0, 0, 0xff, 0xff, 0xff, 0xff}
		op = append(op, addr...)
		op[1] = byte(len(op))
		return append(op, 1, 4, 0, 0) // a jump
	}
	lookup := slices.Concat(inetAnswer("192.0.2.77:1", "192.0.2.77:2")[:4], make([]byte, 52))
	copy(lookup[8:], inetAnswer("192.0.2.77:1", "192.0.2.77:2")[4:52])
	legacy := slices.Concat(inetAnswer("192.0.2.77:1", "192.0.2.77:2")[:52], make([]byte, 8))
	filter := func(code []byte) []byte { return nl.AppendAttr(inetAnswer("0.0.0.0:0", "0.0.0.0:0")[:56], 1, code) }
	for _, tt := range []struct {
		name     string
		typ      uint16
		in, want []byte // want must be in the result, nil = unchanged
	}{
		{"lookup", 20, lookup, mapped},
		{"old form", 18, legacy, mapped},
		{"filter", 20, filter(host(32, secret)), mapped},
		{"second instruction", 20, filter(append(host(8, "\x0a\x00\x00\x00"), host(32, secret)...)), mapped},
		{"filter for a network", 20, filter(host(24, "\xc0\x00\x02\x00")), nil},
		{"unix", 20, append([]byte{unix.AF_UNIX}, make([]byte, 23)...), nil},
		{"none", 20, nil, nil},
	} {
		b := bytes.Clone(tt.in)
		err := WithKey(key).Request(unix.NETLINK_SOCK_DIAG, tt.typ, b)
		if err != nil || tt.want == nil && !bytes.Equal(b, tt.in) ||
			bytes.Contains(b, []byte(secret)) || !bytes.Contains(b, tt.want) {
			t.Errorf("%s: %v\n%x became\n%x", tt.name, err, tt.in, b)
		}
	}
	for _, code := range [][]byte{{7, 0, 0, 0}, {7, 200, 0, 0}, {7, 4, 0, 0, 1}, {7, 13, 0, 0, 2, 32, 0, 0, 0, 0, 0, 0, 192}} {
		b := filter(append(code, secret...))
		if err := WithKey(key).Request(unix.NETLINK_SOCK_DIAG, 20, b); err != nil || bytes.Contains(b, []byte(secret)) {
			t.Errorf("%x: %v, left %x", code, err, b)
		}
	}
}

func TestRefused(t *testing.T) {
	r := New()
	for name, err := range map[string]error{
		"routes asked for": r.Request(unix.NETLINK_ROUTE, 26, make([]byte, 12)),
		"routes":           r.Reply(unix.NETLINK_ROUTE, 2, 24, make([]byte, 12)),
		"family":           r.Reply(unix.NETLINK_SOCK_DIAG, 99, 20, append([]byte{99}, make([]byte, 80)...)),
		"file":             r.File("net/arp", []byte("x")),
		"folder":           r.File("/etc/tcp", []byte("x")),
		"no folder":        r.File("tcp", []byte("x")),
	} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v, want ErrUnknown", name, err)
		}
	}
}

// TestAllocs replaces addresses without allocating.
func TestAllocs(t *testing.T) {
	r, b := New(), inetAnswer("192.0.2.77:1", "192.0.2.77:2")
	if n := testing.AllocsPerRun(100, func() { _ = r.Reply(unix.NETLINK_SOCK_DIAG, unix.AF_INET, 20, b) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzReply(f *testing.F) {
	f.Add(uint8(unix.AF_INET), inetAnswer("192.0.2.77:1", "192.0.2.77:2", nl.AppendAttr(nil, 12, make([]byte, 130))))
	f.Add(uint8(unix.AF_UNIX), unixAnswer("/run/secret\x00"))
	f.Add(uint8(unix.AF_TIPC), nl.AppendAttr(nil, 2, nl.AppendAttrUint32(nil, 8, 1)))
	for family, l := range layouts {
		if l != nil {
			f.Add(uint8(family), append([]byte{uint8(family)}, make([]byte, 100)...))
		}
	}
	r := WithKey(key)
	f.Fuzz(func(t *testing.T, family uint8, b []byte) {
		for _, request := range []bool{true, false} {
			c := bytes.Clone(b)
			var err error
			if request {
				err = r.Request(unix.NETLINK_SOCK_DIAG, uint16(family), c)
			} else {
				err = r.Reply(unix.NETLINK_SOCK_DIAG, family, 20, c)
			}
			if err != nil && !errors.Is(err, ErrUnknown) {
				t.Fatal(err)
			}
		}
	})
}

func ExampleRedactor() {
	r := WithKey([32]byte{1})
	for _, a := range []string{"127.0.0.1", "224.0.0.251", "192.0.2.77", "::ffff:192.0.2.77", "::1", "2001:db8::77"} {
		fmt.Println(a, "becomes", r.Addr(netip.MustParseAddr(a)))
	}
	name := []byte("/run/user/1000/bus")
	r.Name(name)
	fmt.Printf("%s\n", name)
	// Output:
	// 127.0.0.1 becomes 127.0.0.1
	// 224.0.0.251 becomes 224.0.0.251
	// 192.0.2.77 becomes 192.0.2.4
	// ::ffff:192.0.2.77 becomes ::ffff:192.0.2.4
	// ::1 becomes ::1
	// 2001:db8::77 becomes 2001:db8::199b:6aef:f9ba:efb8
	// /j7ptwf6g5xa47c4px
}

// TestKeys checks that short secrets are refused, and that tokens differ and contain nothing of the text.
func TestKeys(t *testing.T) {
	if _, err := KeyFrom([]byte("too short")); !errors.Is(err, ErrWeak) {
		t.Errorf("a short secret: %v", err)
	}
	one, err := KeyFrom([]byte("sixteen bytes of"))
	other, err2 := KeyFrom([]byte("sixteen bytes oF"))
	if err != nil || err2 != nil || one == other {
		t.Errorf("%v, %v, the same key: %t", err, err2, one == other)
	}
	a, b := WithKey(one), WithKey(other)
	if a.Token("boot") != WithKey(one).Token("boot") || a.Token("boot") == b.Token("boot") || a.Token("boot") == a.Token("key") {
		t.Error("tokens are not those of a text and a key")
	}
}
