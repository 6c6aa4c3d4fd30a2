//go:build integration

package integration

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// An inetForge makes up netlink messages of inet_diag, of every kind that a kernel may send.
type inetForge struct {
	*rand.Rand
	b []byte
}

func newInetForge(seed uint64) *inetForge { return &inetForge{Rand: rand.New(rand.NewPCG(seed, 8))} }

// message appends one netlink message.
func (f *inetForge) message(typ uint16, payload []byte) {
	f.b = binary.NativeEndian.AppendUint32(f.b, uint32(unix.SizeofNlMsghdr+len(payload)))
	f.b = binary.NativeEndian.AppendUint16(f.b, typ)
	f.b = binary.NativeEndian.AppendUint16(f.b, unix.NLM_F_MULTI)
	f.b = binary.NativeEndian.AppendUint32(f.b, 123456)
	f.b = binary.NativeEndian.AppendUint32(f.b, 0)
	f.b = append(f.b, payload...)
	for len(f.b)%4 != 0 {
		f.b = append(f.b, 0)
	}
}

func attribute(b []byte, typ uint16, val []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(val)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, val...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// odds returns true once in n times.
func (f *inetForge) odds(n int) bool { return f.IntN(n) == 0 }

// number returns a number with any number of digits, often 0.
func (f *inetForge) number() uint32 {
	if f.odds(4) {
		return 0
	}
	return f.Uint32() >> f.IntN(32)
}

func (f *inetForge) number64() uint64 {
	if f.odds(4) {
		return 0
	}
	if f.odds(16) {
		return ^uint64(0)
	}
	return f.Uint64() >> f.IntN(64)
}

// bytes returns n bytes of numbers of all sizes.
func (f *inetForge) bytes(n int) []byte {
	var b []byte
	for len(b) < n {
		b = binary.NativeEndian.AppendUint32(b, f.number())
	}
	return b[:n]
}

// socket appends struct inet_diag_msg and, if rich, attributes of all kinds.
func (f *inetForge) socket(rich bool) {
	b := make([]byte, 72)
	b[0] = [...]byte{unix.AF_INET, unix.AF_INET6}[f.IntN(2)]
	b[1] = byte(1 + f.IntN(11))
	if rich && f.odds(20) {
		b[1] = byte(f.IntN(14))
	}
	f.addresses(b)
	b[2], b[3] = byte(f.IntN(7)), byte(f.IntN(20))
	if f.odds(3) {
		b[40] = 1 // lo
	}
	copy(b[44:52], f.bytes(8))
	ms := f.number() % 8_000_000
	if b[2] == 0 {
		ms = 0
	}
	binary.NativeEndian.PutUint32(b[52:], ms)
	copy(b[56:64], f.bytes(8))
	if f.odds(2) {
		copy(b[64:68], f.bytes(4))
	}
	copy(b[68:72], f.bytes(4))
	if rich {
		b = f.attributes(b)
	}
	f.message(unix.SOCK_DIAG_BY_FAMILY, b)
}

// addresses fills struct inet_diag_sockid with addresses of all shapes.
func (f *inetForge) addresses(b []byte) {
	for _, at := range []int{4, 6} {
		binary.BigEndian.PutUint16(b[at:], uint16(f.number()))
	}
	for _, at := range []int{8, 24} {
		switch a := b[at : at+16]; f.IntN(6) {
		case 0: // any
		case 1:
			copy(a, []byte{127, 0, 0, 1})
		case 2:
			copy(a[10:], []byte{0xff, 0xff, 10, 0, 0, byte(f.IntN(256))})
		case 3:
			copy(a, []byte{0xfe, 0x80})
			copy(a[8:], f.bytes(8))
		case 4:
			copy(a[12:], f.bytes(4))
		default:
			copy(a, f.bytes(16))
		}
	}
}

// attributes appends a random choice of INET_DIAG_*.
func (f *inetForge) attributes(b []byte) []byte {
	word := func(typ uint16) { b = attribute(b, typ, f.bytes(4)) }
	for _, typ := range []uint16{5, 6, 8, 11} { // TOS, TCLASS, SHUTDOWN, SKV6ONLY
		if !f.odds(3) {
			v := byte(f.number())
			if typ == 8 {
				v = byte(f.IntN(4))
			}
			if typ == 11 {
				v = byte(f.IntN(2))
			}
			b = attribute(b, typ, []byte{v})
		}
	}
	if f.odds(3) {
		word(15) // MARK
	}
	if f.odds(2) {
		word(17) // CLASS_ID
	}
	protocol := byte(unix.IPPROTO_TCP)
	if f.odds(12) {
		protocol = [...]byte{0, 1, 6, 17, 58, 132, 255}[f.IntN(7)]
		b = attribute(b, 10, []byte{protocol}) // PROTOCOL
	}
	if f.odds(2) {
		b = attribute(b, 22, []byte{byte(f.number()), byte(f.IntN(8))}) // SOCKOPT
	}
	if f.odds(3) {
		b = attribute(b, 1, f.bytes(16)) // MEMINFO
	}
	if f.odds(2) {
		b = attribute(b, 7, f.bytes(4*(7+f.IntN(3)))) // SKMEMINFO
	}
	if protocol == unix.IPPROTO_SCTP {
		return f.sctp(b)
	}
	if protocol != unix.IPPROTO_TCP {
		return b
	}
	return f.protocolAttributes(b)
}

// sctp appends struct sctp_info and lists of addresses.
func (f *inetForge) sctp(b []byte) []byte {
	v := f.bytes(368)
	binary.NativeEndian.PutUint32(v[4:], uint32(f.IntN(8)))
	b = attribute(b, 2, v)
	for _, typ := range []uint16{12, 13} { // LOCALS, PEERS
		var list []byte
		for range f.IntN(3) {
			a := make([]byte, 128)
			binary.NativeEndian.PutUint16(a, [...]uint16{unix.AF_INET, unix.AF_INET6}[f.IntN(2)])
			copy(a[4:], f.bytes(24))
			list = append(list, a...)
		}
		if list != nil {
			b = attribute(b, typ, list)
		}
	}
	return b
}

func (f *inetForge) protocolAttributes(b []byte) []byte {
	if !f.odds(4) {
		b = attribute(b, 2, f.tcpInfo()) // INFO
	}
	if f.odds(2) {
		name := [...]string{"cubic", "bbr", "dctcp", "a-name-of-15-by", ""}[f.IntN(5)]
		b = attribute(b, 4, append([]byte(name), 0)) // CONG
	}
	switch f.IntN(6) {
	case 0:
		v := f.bytes(16) // VEGASINFO
		if f.odds(2) {
			binary.NativeEndian.PutUint32(v[8:], 0x7fffffff)
		}
		b = attribute(b, 3, v)
	case 1:
		b = attribute(b, 9, f.bytes(16)) // DCTCPINFO
	case 2:
		b = attribute(b, 16, f.bytes(20)) // BBRINFO
	}
	if f.odds(6) {
		b = f.md5(b)
	}
	if f.odds(4) {
		b = f.ulp(b)
	}
	return b
}

// tcpInfo returns struct tcp_info of any length, including invalid ones.
func (f *inetForge) tcpInfo() []byte {
	v := f.bytes(280)
	v[0] = byte(1 + f.IntN(11))
	for at := 104; at < 216; at += 8 {
		if at != 136 && at != 144 && at != 152 && at != 192 && f.odds(2) {
			binary.NativeEndian.PutUint64(v[at:], f.number64())
		}
	}
	if f.odds(4) {
		binary.NativeEndian.PutUint32(v[88:], 3) // reordering
		binary.NativeEndian.PutUint32(v[8:], 3000000)
		binary.NativeEndian.PutUint32(v[148:], ^uint32(0))
	}
	return v[:[...]int{280, 280, 248, 240, 232, 224, 192, 168, 160, 104, 100, 20}[f.IntN(12)]]
}

// md5 appends one or two struct tcp_diag_md5sig.
func (f *inetForge) md5(b []byte) []byte {
	var keys []byte
	for range 1 + f.IntN(2) {
		k := make([]byte, 100)
		k[0], k[1] = unix.AF_INET, byte(f.IntN(33))
		if f.odds(2) {
			k[0], k[1] = unix.AF_INET6, byte(f.IntN(129))
		}
		copy(k[4:20], f.bytes(16))
		binary.NativeEndian.PutUint16(k[2:], uint16(copy(k[20:], "key, of \\odd\x00\x80\x7f bytes")))
		keys = append(keys, k...)
	}
	return attribute(b, 18, keys)
}

// ulp appends what TLS or MPTCP says.
func (f *inetForge) ulp(b []byte) []byte {
	u16 := func(v int) []byte { return binary.NativeEndian.AppendUint16(nil, uint16(v)) }
	if f.odds(2) {
		v := attribute(nil, 1, u16(0x302+f.IntN(4)))
		v = attribute(v, 2, u16(50+f.IntN(4)))
		v = attribute(v, 3, u16(f.IntN(6)))
		v = attribute(v, 4, u16(f.IntN(6)))
		if f.odds(2) {
			v = attribute(v, 5, nil)
		}
		if f.odds(2) {
			v = attribute(v, 6, nil)
		}
		return attribute(b, 19, attribute(attribute(nil, 1, []byte("tls\x00")), 2, v))
	}
	var v []byte
	for _, a := range [...]struct {
		typ uint16
		n   int
	}{{1, 4}, {2, 4}, {3, 4}, {4, 8}, {5, 4}, {6, 4}, {7, 2}, {8, 4}, {9, 1}, {10, 1}} {
		if !f.odds(5) {
			v = attribute(v, a.typ, f.bytes(a.n))
		}
	}
	return attribute(b, 19, attribute(attribute(nil, 1, []byte("mptcp\x00")), 3, v))
}

// done ends the capture and writes it to a file.
func (f *inetForge) done(t *testing.T) (env string) {
	t.Helper()
	f.message(unix.NLMSG_DONE, []byte{0, 0, 0, 0})
	return f.write(t)
}

func (f *inetForge) write(t *testing.T) (env string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture")
	if err := os.WriteFile(path, f.b, 0o600); err != nil {
		t.Fatal(err)
	}
	return "TCPDIAG_FILE=" + path
}

// captureLines are compared over forged answers. No -n: services are named.
var captureLines = []string{
	"-t", "-ta", "-tan", "-tanH", "-tanQ", "-tanO", "-tano", "-tane", "-taneo", "-tanm", "-tani", "-tanie",
	"-tanio", "-tanim", "-tanoeim", "-taoeim", "-tanoeimO", "-tanoeimHQ", "-tan --tos", "-tane --tos --cgroup",
	"-tan --inet-sockopt", "-tanO --inet-sockopt", "-taneimo --tos --inet-sockopt --cgroup", "-tanp", "-tanpe",
	"-tuan", "-tuane", "-tl", "-t4n", "-t6n", "-tn state established", "-tnr state listening", "-tK",
	"-tane state time-wait", "-A tcp,udp -e", "-tanb", "-tx -n",
}

func TestSSForged(t *testing.T) {
	ns := harness.New(t)
	for _, seed := range []uint64{0, 1, 2, 3, 4, 5, 5100} { // the last one has bits a second beyond 64 bits
		f := newInetForge(seed)
		for range 60 {
			f.socket(true)
		}
		env := f.done(t)
		for _, line := range captureLines {
			t.Run(fmt.Sprintf("%d %s", seed, line), func(t *testing.T) {
				c := harness.Compare{Program: "ss", Args: strings.Fields(line), Env: []string{env}}
				c.Run(ns.With(t))
			})
		}
	}
}

// TestSSWidths lays a few rows out on screens of every width.
func TestSSWidths(t *testing.T) {
	ns := harness.New(t)
	f := newInetForge(99)
	for range 8 {
		f.socket(true)
	}
	env := f.done(t)
	for width := 1; width < 330; width += 1 + width/24 {
		for _, line := range []string{"-tuan", "-tan", "-tanHe", "-tanQo", "-tanp", "-tuane"} {
			t.Run(fmt.Sprintf("%d %s", width, line), func(t *testing.T) {
				c := harness.Compare{
					Program: "ss", Args: strings.Fields(line),
					Env: []string{env, fmt.Sprintf("COLUMNS=%d", width)},
				}
				c.Run(ns.With(t))
			})
		}
	}
}

// TestSSBatches lists more rows than fit one batch, whose widths differ from batch to batch.
func TestSSBatches(t *testing.T) {
	ns := harness.New(t)
	for _, rows := range []int{70_000, 150_000} {
		f := newInetForge(uint64(rows))
		for range rows {
			f.socket(false)
		}
		env := f.done(t)
		for _, line := range []string{"-tan", "-tanH", "-tuane", "-tanoQ"} {
			t.Run(fmt.Sprintf("%d %s", rows, line), func(t *testing.T) {
				c := harness.Compare{Program: "ss", Args: strings.Fields(line), Env: []string{env}}
				c.Run(ns.With(t))
			})
		}
	}
}

// TestSSBrokenCapture reads invalid files.
func TestSSBrokenCapture(t *testing.T) {
	ns := harness.New(t)
	good := newInetForge(1)
	good.socket(true)
	whole := good.b
	run := func(name string, env string) {
		t.Run(name, func(t *testing.T) {
			c := harness.Compare{Program: "ss", Args: []string{"-tan"}, Env: []string{env}}
			c.Run(ns.With(t))
		})
	}
	run("missing", "TCPDIAG_FILE=/nonexistent/capture")
	run("empty", (&inetForge{}).write(t))
	run("no end", (&inetForge{b: whole}).write(t))
	run("short", (&inetForge{b: whole[:len(whole)-8]}).write(t))
	refused := newInetForge(2)
	refused.socket(true)
	answer := append(binary.NativeEndian.AppendUint32(nil, ^uint32(unix.EPERM)+1), make([]byte, unix.SizeofNlMsghdr)...)
	refused.message(unix.NLMSG_ERROR, answer)
	run("error", refused.write(t))
	cut := &inetForge{}
	cut.message(unix.NLMSG_ERROR, answer[:4])
	run("short error", cut.write(t))
}
