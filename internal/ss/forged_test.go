package ss

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// The answers below are those of kernels that have what few kernels have. testdata/forged holds what
// the reference printed when it got the same ones. With -forge the answers are written to files there,
// for a library that hands them to the reference instead of the kernel's. Inodes are such that no socket
// of this machine has them.
var forge = flag.String("forge", "", "write the forged answers to this folder")

// forgedTables are the answers by name, and the command lines to compare.
var forgedTables = []struct {
	name     string
	family   uint8
	protocol uint16
	messages func() []byte
	lines    []string
}{
	{"vsock", unix.AF_VSOCK, 0, vsockMessages, []string{
		"--vsock -a", "--vsock -an", "--vsock -aem", "--vsock -ap", "-A v_str -a", "-A v_dgr -aQ", "--vsock -aH",
	}},
	{"xdp", unix.AF_XDP, 0, xdpMessages, []string{
		"--xdp", "--xdp -a", "--xdp -e", "--xdp -eO", "--xdp -em", "--xdp -m", "--xdp -p", "--xdp dev lo", "--xdp -e sport = 3",
	}},
	{"tipc", unix.AF_TIPC, 0, tipcMessages, []string{
		"--tipc -a", "--tipc -ae", "--tipc -aep", "--tipc -a --tipcinfo", "--tipc -a --tipcinfo -O", "-A tipc -aH", "--tipc -ap sport = 1",
	}},
	{"raw", unix.AF_INET, unix.IPPROTO_RAW, rawMessages, []string{
		"-wan4", "-wane4", "-wanemi4", "-w4an --tos --inet-sockopt", "-wan4 sport = 58", "-4an -A raw,udp -A !udp",
	}},
	{"sctp", unix.AF_INET, unix.IPPROTO_SCTP, sctpMessages, []string{
		"-San4", "-Sane4", "-Sanoeim4", "-Sani4O", "-S4an -A sctp,udp -A !udp",
	}},
	{"mptcp", unix.AF_INET, unix.IPPROTO_MPTCP, mptcpMessages, []string{
		"-Man4", "-Mani4", "-Manie4", "-ManimO4", "-a4 -A mptcp -noeim",
	}},
	{"packet", unix.AF_PACKET, 0, packetMessages, []string{
		"-0", "-0a", "-0n", "-0e", "-0ne", "-0neb", "-0neO", "-0nebmO", "-A p_raw -en", "-0 src ip", "-0 dev lo",
	}},
	{"unix", unix.AF_UNIX, 0, unixMessages, []string{
		"-xa", "-xae", "-xam", "-xaem", "-A u_dgr -a", "-xa src @*", "-xae sport = 7",
	}},
}

func TestForged(t *testing.T) {
	for _, tt := range forgedTables {
		if *forge != "" {
			if err := os.WriteFile(filepath.Join(*forge, tt.name+".nl"), tt.messages(), 0o600); err != nil {
				t.Fatal(err)
			}
			list := strings.Join(tt.lines, "\n") + "\n"
			if err := os.WriteFile(filepath.Join(*forge, tt.name+".lines"), []byte(list), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		golden, err := os.ReadFile(filepath.Join("testdata", "forged", tt.name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		for _, line := range tt.lines {
			fmt.Fprintf(&got, "$ ss %s\n", line)
			replay(t, &got, line, recording(t, tt.family, tt.protocol, tt.messages()))
		}
		if diff := cmp.Diff(strings.Split(string(golden), "\n"), strings.Split(got.String(), "\n")); diff != "" {
			t.Errorf("%s: output differs (-reference +ours):\n%s", tt.name, diff)
		}
	}
}

// replay runs ss over a recording.
func replay(t *testing.T, out *bytes.Buffer, line string, rec *diag.Recording) {
	t.Helper()
	conn, err := diag.Dial(&diag.Config{Replay: rec, Sources: diag.SourcesNetlink})
	if err != nil {
		t.Fatal(err)
	}
	p := &program{out: newOutput(out), stderr: out, diag: conn}
	if err := p.run(context.Background(), "ss", strings.Fields(line), 0); err != nil {
		t.Errorf("ss %s: %v", line, err)
	}
	p.out.flush()
}

// recording makes a recording of an answer to a question for everything.
func recording(t *testing.T, family uint8, protocol uint16, messages []byte) *diag.Recording {
	t.Helper()
	request := bytes.Repeat([]byte{0xff}, 24)
	switch family {
	case unix.AF_INET:
		request = join(make([]byte, 56), u32s(3, uint32(protocol)))
		request[1], request[2] = uint8(protocol), 0xff
		copy(request[4:8], []byte{0xff, 0xff, 0xff, 0xff})
		if protocol > 0xff {
			request[1] = 0
		}
	case unix.AF_PACKET, unix.AF_XDP:
		request[1] = 0
		clear(request[4:8]) // inode
	case unix.AF_UNIX:
		request[1] = 0
		clear(request[8:12]) // inode
	default:
		request[1] = 0
	}
	request[0] = family
	var b bytes.Buffer
	made := diag.NewRecorder(&b, nil)
	made.Exchange(unix.NETLINK_SOCK_DIAG, message(unix.SOCK_DIAG_BY_FAMILY, request),
		append(messages, message(unix.NLMSG_DONE, make([]byte, 4))...))
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	rec, err := diag.OpenRecording(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// message makes a netlink message.
func message(typ uint16, payload []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_MULTI)
	b = binary.NativeEndian.AppendUint32(b, 123456)
	b = append(append(b, 0, 0, 0, 0), payload...)
	return pad(b)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// attr makes an attribute.
func attr(typ uint16, val ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(val)))
	return pad(append(binary.NativeEndian.AppendUint16(b, typ), val...))
}

// u32s makes an attribute of numbers.
func u32s(typ uint16, numbers ...uint32) []byte { return attr(typ, words32(numbers...)...) }

func words32(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return b
}

func words64(numbers ...uint64) (b []byte) {
	for _, n := range numbers {
		b = binary.NativeEndian.AppendUint64(b, n)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

const anyone = ^uint32(0) // VMADDR_CID_ANY, VMADDR_PORT_ANY

func vsockMessages() (b []byte) {
	for _, s := range []struct {
		typ, state byte
		numbers    [4]uint32
	}{
		{unix.SOCK_STREAM, 10, [4]uint32{anyone, 1024, anyone, anyone}},
		{unix.SOCK_STREAM, 1, [4]uint32{3, 5000, 2, 1024}},
		{unix.SOCK_DGRAM, 7, [4]uint32{anyone, anyone, anyone, anyone}},
		{unix.SOCK_SEQPACKET, 1, [4]uint32{1, 4294967294, 1, 7}},
	} {
		head := []byte{unix.AF_VSOCK, s.typ, s.state, 0}
		b = append(b, message(20, join(head, words32(s.numbers[:]...), words32(4294900002, 1, 0)))...)
	}
	return b
}

func xdpMessages() (b []byte) {
	head := join([]byte{unix.AF_XDP, unix.SOCK_RAW, 0, 0}, words32(4294900001, 0x1234, 1))
	memory := u32s(8, 100, 212992, 5, 212992, 0, 0, 0, 0, 7)
	umem := attr(5, join(words64(1<<24), words32(1, 4096, 4096, 256, 1, 3, 1, 2))...)
	b = append(b, message(20, join(head, u32s(1, 1, 3), u32s(2, 1000), u32s(3, 2048), u32s(4, 1024), umem,
		u32s(6, 512), u32s(7, 256), memory, attr(9, words64(1, 2, 3, 4, 5, 6)...)))...)
	b = append(b, message(20, join(head, u32s(1, 0, 0), u32s(2, 0), memory))...)
	return append(b, message(20, join(head, u32s(1, 1, 0), u32s(2, 0), u32s(3, 64), memory))...)
}

func tipcMessages() (b []byte) {
	stat := func(flags ...byte) []byte { return attr(5, join(u32s(0, 10), u32s(1, 20), flags, u32s(4, 30))...) }
	sock := func(typ, state uint32, more ...[]byte) {
		fixed := join(u32s(1, 16781313), u32s(2, 2345678901), u32s(6, typ), u32s(7, 4294900003), u32s(8, 1000), u32s(9, state),
			attr(10, words64(0x55)...))
		b = append(b, message(20, attr(2, join(append([][]byte{fixed}, more...)...)...))...)
	}
	sock(unix.SOCK_STREAM, 1, stat(), attr(3, join(u32s(2, 16781314), u32s(3, 77))...))
	sock(unix.SOCK_SEQPACKET, 10, stat(attr(2)...), attr(4))
	sock(unix.SOCK_RDM, 7, stat(attr(3)...))
	sock(unix.SOCK_DGRAM, 7, stat(), attr(4))
	sock(unix.SOCK_STREAM, 1, stat(), attr(3, join(attr(1), u32s(2, 5), u32s(3, 6), u32s(4, 18888), u32s(5, 17))...))
	return b
}

// inetHead makes struct inet_diag_msg of IPv4.
func inetHead(state, timer byte, sport, dport uint16, inode uint32) []byte {
	b := make([]byte, 72)
	b[0], b[1], b[2], b[3] = unix.AF_INET, state, timer, 4
	binary.BigEndian.PutUint16(b[4:], sport)
	binary.BigEndian.PutUint16(b[6:], dport)
	copy(b[8:], []byte{127, 0, 0, 1})
	copy(b[24:], []byte{10, 0, 0, 2})
	copy(b[44:], words32(inode, 0x77)) // cookie
	copy(b[52:], words32(2345, 3, 4, 1000, inode))
	return b
}

var inetMemory = u32s(7, 1, 2, 3, 4, 5, 6, 7, 8, 9)

func rawMessages() (b []byte) {
	for _, protocol := range []byte{0, 1, 6, 17, 58, 132, 255} {
		head := inetHead(7, 0, uint16(protocol), 0, 100+uint32(protocol))
		b = append(b, message(20, join(head, attr(10, protocol), attr(8, 0), attr(5, 0x10), attr(22, 5, 1), inetMemory))...)
	}
	return b
}

func sctpMessages() (b []byte) {
	info := make([]byte, 368)
	copy(info, words32(0xabcdef, 3, 106496))
	copy(info[12:], []byte{1, 0, 2, 0, 3, 0, 4, 0})
	copy(info[20:], words32(0, 5, 6, 7, 8, 9, 10, 0x11))
	info[52], info[53] = 1, 1
	copy(info[344:], words32(12, 13, 14))
	copy(info[356:], []byte{1, 1, 1, 2})
	address := make([]byte, 128)
	binary.NativeEndian.PutUint16(address, unix.AF_INET)
	copy(address[4:], []byte{192, 0, 2, 1})
	six := make([]byte, 128)
	binary.NativeEndian.PutUint16(six, unix.AF_INET6)
	copy(six[8:], []byte{0xfe, 0x80, 15: 1})
	b = append(b, message(20, join(inetHead(10, 0, 36412, 0, 300), attr(12, address...), inetMemory))...)
	for state := range byte(8) {
		head := inetHead(state, state%3, 36412, 5000, 300)
		b = append(b, message(20, join(head, attr(12, join(address, six)...), attr(13, six...), inetMemory, attr(2, info...)))...)
	}
	return append(b, message(20, join(inetHead(3, 1, 1, 2, 0), attr(13, address...)))...)
}

func mptcpMessages() (b []byte) {
	info := make([]byte, 96)
	for i := range info {
		info[i] = byte(i)
	}
	for _, n := range []int{96, 80, 43, 40} {
		head := inetHead(1, 1, 9100, 443, 400+uint32(n))
		b = append(b, message(20, join(head, inetMemory, attr(2, info[:n]...), attr(8, 1)))...)
	}
	return append(b, message(20, join(inetHead(10, 0, 9100, 0, 500), attr(8, 0)))...)
}

func packetMessages() (b []byte) {
	memory := u32s(6, 1000, 212992, 0, 212992, 0, 0, 0, 0, 0)
	for i, protocol := range []uint16{3, 0x800, 0x86dd, 0x88cc, 0x1234, 0, 0x8100} {
		head := join([]byte{unix.AF_PACKET, 2 + byte(i%2)}, binary.NativeEndian.AppendUint16(nil, protocol), words32(600+uint32(i), uint32(i), 2))
		more := [][]byte{head, u32s(0, uint32(i%2), uint32(i), 8, 9, 10, uint32(i*5)), u32s(5, uint32(i))}
		if i%2 == 0 {
			more = append(more, u32s(2, 4096, 2, 2048, 4, 5, 6, 7), u32s(3, 8192, 1, 2, 3, 4, 5, 0xff))
		}
		more = append(more, u32s(4, uint32(i)<<16|9), memory)
		if i > 3 {
			more = append(more, attr(7, join(words32(0x00000028, 12), words32(0x01000015, 0x800), words32(6, 0xffff))...))
		}
		b = append(b, message(20, join(more...))...)
	}
	return b
}

func unixMessages() (b []byte) {
	sock := func(typ, state byte, inode uint32, more ...[]byte) {
		head := join([]byte{unix.AF_UNIX, typ, state, 0}, words32(inode, inode, 2))
		b = append(b, message(20, join(append([][]byte{head}, more...)...))...)
	}
	queues := u32s(4, 3, 128)
	sock(1, 10, 7, attr(0, []byte("/run/x y.sock\x00")...), u32s(1, 4000000000, 0x0fe00001), u32s(3, 1, 0, 4294967295), queues, attr(6, 0))
	sock(1, 1, 8, u32s(2, 9), queues, attr(6, 1), u32s(5, 1, 2, 3, 4, 5, 6, 7, 8, 9))
	sock(2, 7, 10, attr(0, []byte("\x00abs\x00tract")...), queues, attr(6, 3))
	sock(5, 1, 3000000000, attr(0, []byte("\x00")...), u32s(2, 3000000001), queues, attr(6, 2))
	sock(3, 7, 11, queues)
	return b
}
