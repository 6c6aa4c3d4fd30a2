//go:build linux

package redact

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// inetText is a file of a little-endian machine.
const inetText = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 4D0200C0:01BB 0100000A:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 20 4 30 10 -1
   1: 0100000A:9C40 4D0200C0:01BB 01 00000000:00000000 00:00000000 00000000     7        0 4712 1 0 20 4 30 10 -1
   2: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4713 1 0 20 4 30 10 -1
`

func TestProcInet(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the file was written on a little-endian machine")
	}
	b := []byte(inetText)
	if err := WithKey(key).File("net/tcp", b); err != nil {
		t.Fatal(err)
	}
	if len(b) != len(inetText) {
		t.Errorf("%d bytes became %d", len(inetText), len(b))
	}
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}
	got, err := diag.Collect(diag.ParseProc(bytes.NewReader(b), &q))
	if err != nil || len(got) != 3 {
		t.Fatalf("%d sockets, %v", len(got), err)
	}
	answer := recorded(t, &q, inetAnswer("192.0.2.77:443", "10.0.0.1:40000"))[0]
	if got[0].Local != answer.Local || got[0].Remote != answer.Remote || got[1].Remote != answer.Local {
		t.Errorf("%v -> %v, %v -> %v, want %v -> %v as in a reply", got[0].Local, got[0].Remote,
			got[1].Local, got[1].Remote, answer.Local, answer.Remote)
	}
	if got[2].Local.String() != "127.0.0.1:53" {
		t.Errorf("listener on %v", got[2].Local)
	}
	for i, s := range got {
		if s.UID != 0 || s.Inode != uint32(4711+i) {
			t.Errorf("socket %d: user %d, inode %d", i, s.UID, s.Inode)
		}
	}
}

func TestProc(t *testing.T) {
	const head = "Num       RefCount Protocol Flags    Type St Inode Path\n"
	long := "000080FE" + "00000000" + "FF005450" + "010000FE"
	for _, tt := range []struct{ name, in, secret, remains string }{
		{"net/unix", head + "0000000000000000: 00000002 00000000 00010000 0001 01 1234 /run/secret file\n", "secret", " 1234 /"},
		{"net/unix", head + "0000000000000000: 00000002 00000000 00010000 0001 01 1234 @secret", "secret", " 1234 @"},
		{"net/unix", head + "0000000000000000: 00000002 00000000 00000000 0001 01 1234\n", "", " 1234\n"},
		{"/proc/thread-self/net/packet", "head\nffff 3      3    0003   2     1 0      1000 4711\n", "1000", "   0 4711\n"},
		{"net/udp6", "head\n  1: " + long + ":0035 " + long + ":0000 07 0 0 0 1000 0 5\n", "FF005450", ":0035"},
		{"net/raw", "head\n  1: 123:0035 GGGGGGGG:0000 07\n", "123", "000:0035 00000000:0000 07"},
		{"net/raw", "head\n  1:\n\n   \n", "", "1:"},
		{"net/netlink", "sk Eth Pid\n0 0 4711\n", "", "4711"},
		{"/proc/thread-self/net/snmp", "Ip: Forwarding\nIp: 1\n", "", "Ip: 1"},
		{"nlstat/owners", "anything\n", "", "anything"},
	} {
		b := []byte(tt.in)
		err := WithKey(key).File(tt.name, b)
		got := string(b)
		if err != nil || len(got) != len(tt.in) || !strings.Contains(got, tt.remains) ||
			tt.secret != "" && strings.Contains(got, tt.secret) {
			t.Errorf("%s: %v\n%s became\n%s", tt.name, err, tt.in, got)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("net/tcp", inetText)
	f.Add("net/unix", "head\n0: 2 0 1 1 1 1234 @secret\n")
	f.Add("net/packet", "head\nffff 3 3 0003 2 1 0 1000 4711\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		b := []byte(text)
		_ = WithKey(key).File(name, b) // must not panic
		if lines := strings.Count(text, "\n"); bytes.Count(b, []byte("\n")) != lines {
			t.Fatalf("%q became %q", text, b)
		}
	})
}
