package netstat

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
)

// unixListOf returns the list of sockets of which each is the peer of the next one.
func unixListOf(n int) *unixList {
	l := &unixList{peers: map[uint32]uint32{}}
	for i := range n {
		s := diag.Socket{Family: unix.AF_UNIX, Type: unix.SOCK_DGRAM, State: diag.StateEstablished, Inode: uint32(1000 + i)}
		s.Unix.Peer = s.Inode - 1
		l.add(&s, true)
	}
	return l
}

// TestUnixRows lays out what the kernel answers.
func TestUnixRows(t *testing.T) {
	l := unixListOf(2)
	l.add(&diag.Socket{Type: unix.SOCK_STREAM, State: diag.StateListen, Inode: 7}, true)
	l.add(&diag.Socket{Type: unix.SOCK_SEQPACKET, State: diag.StateSynSent, Refs: 3}, true)
	l.add(&diag.Socket{Type: unix.SOCK_STREAM, State: diag.StateClose, Inode: 1001}, false)
	tool := newTool(t, "-xa")
	tool.unixRows(l)
	const want = "" +
		"unix  3      [ ]         DGRAM      CONNECTED     1000     \n" +
		"unix  2      [ ]         DGRAM      CONNECTED     1001     \n" +
		"unix  2      [ ACC ]     STREAM     LISTENING     7        \n" +
		"unix  3      [ ]         SEQPACKET  CONNECTING    0        \n"
	if got := string(tool.out.buf); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestComplete tells the sockets that no message describes.
func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		typ   uint8
		state diag.State
		queue uint32
		want  bool
	}{
		{unix.SOCK_STREAM, diag.StateListen, 0, true},
		{unix.SOCK_STREAM, diag.StateListen, 1, false},
		{unix.SOCK_SEQPACKET, diag.StateListen, 1, false},
		{unix.SOCK_STREAM, diag.StateEstablished, 1, true},
		{unix.SOCK_DGRAM, diag.StateClose, 0, true},
		{unix.SOCK_DGRAM, diag.StateClose, 1, false},
	} {
		s := diag.Socket{Type: tt.typ, State: tt.state, RecvQ: tt.queue}
		if got := complete(&s); got != tt.want {
			t.Errorf("type %d, state %v, %d bytes: complete %v", tt.typ, tt.state, tt.queue, got)
		}
	}
}

// TestUnixAllocs wants the rows of a list to cost no memory of their own.
func TestUnixAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	l := unixListOf(100)
	tool := newTool(t, "-xa")
	tool.unixRows(l)
	if n := testing.AllocsPerRun(100, func() {
		tool.out.flush()
		tool.unixRows(l)
	}); n != 0 {
		t.Errorf("%v allocations for 100 rows", n)
	}
}

// FuzzUnixName compares rows of hostile names with those of the file that would have them.
func FuzzUnixName(f *testing.F) {
	f.Add("\x00abstract\x00name")
	f.Add("/run/a b")
	f.Add("/run/a\n0000: 00000002 00000000 00010000 0001 01 12 /forged\n")
	f.Add(" \n\n")
	f.Fuzz(func(t *testing.T, name string) {
		if name != "" && name[0] != 0 && strings.IndexByte(name, 0) >= 0 {
			return // a path ends at its first NUL
		}
		var file bytes.Buffer
		file.WriteString("0000: 00000002 00000000 00000000 0001 01 7")
		if name != "" {
			file.WriteByte(' ')
		}
		file.Write(appendUnixPath(nil, []byte(name)))
		want, got := newTool(t, "-xa"), newTool(t, "-xa")
		for line := range bytes.SplitSeq(file.Bytes(), []byte{'\n'}) {
			want.unixLine(line, true)
		}
		l := &unixList{paths: appendUnixPath(nil, []byte(name))}
		l.rows = []unixRow{{inode: 7, path: uint32(len(l.paths)), kind: unix.SOCK_STREAM, state: diag.StateClose, accepted: true}}
		got.unixRows(l)
		if !bytes.Equal(got.out.buf, want.out.buf) {
			t.Errorf("%q: got\n%s\nwant\n%s", name, got.out.buf, want.out.buf)
		}
	})
}
