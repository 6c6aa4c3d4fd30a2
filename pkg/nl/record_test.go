//go:build linux

package nl

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

var sampleHead = Head{
	Host: "web1", BootID: "0f2e", Time: time.Date(2026, 11, 28, 17, 0, 0, 5, time.FixedZone("", 3600)),
	Version: "1.2", Release: "6.18.0", Redacted: true,
	Namespaces: []Namespace{{Inode: 4026531840, Name: "self"}, {Inode: 4026532000, Name: "blue"}},
}

// sample writes a recording with two requests and their replies, a file and a table.
func sample(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	rec := NewRecorder(&b, &sampleHead, nil)
	one := rec.request(unix.NETLINK_SOCK_DIAG, msg(20, 0, 'a'))
	two := rec.request(unix.NETLINK_SOCK_DIAG, msg(20, 0, 'b'))
	rec.reply(two, datagram(row(3)))
	rec.reply(one, datagram(row(1)))
	rec.reply(one, datagram(row(2), done(0)))
	rec.reply(two, done(unix.ENOENT))
	rec.File("/proc/net/sockstat", []byte("sockets: used 5\n"))
	rec.Chunk("processes", []byte("1 init"))
	rec.Chunk("processes", []byte("2 kthreadd"))
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, b []byte) *Recording {
	t.Helper()
	rec, err := OpenRecording(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// dump sends a request to a replaying Conn.
func dump(t *testing.T, rec *Recording, r *Request) ([]byte, error) {
	t.Helper()
	c, err := Dial(unix.NETLINK_SOCK_DIAG, &Config{Replay: rec})
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for m, err := range c.Dump(t.Context(), r) {
		if err != nil {
			return got, err
		}
		got = append(got, m.Payload[0])
	}
	return got, nil
}

func TestReplay(t *testing.T) {
	rec := open(t, sample(t))
	got, err := dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("a")})
	if diff := cmp.Diff([]byte{1, 2}, got); diff != "" || err != nil {
		t.Errorf("first request: %v (-want +got):\n%s", err, diff)
	}
	got, err = dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("b")})
	if diff := cmp.Diff([]byte{3}, got); diff != "" || !errors.Is(err, unix.ENOENT) {
		t.Errorf("second request: %v, want ENOENT (-want +got):\n%s", err, diff)
	}
	_, err = dump(t, rec, &Request{Op: "dump tcp sockets", Type: 20, Payload: []byte("c")})
	if !errors.Is(err, ErrNotRecorded) || !strings.Contains(err.Error(), "dump tcp sockets") {
		t.Errorf("request not recorded: %v, want ErrNotRecorded and what was tried", err)
	}
	loose := Request{Op: "dump", Type: 20, Answers: func(recorded []byte) bool { return recorded[0] == 'a' }}
	if got, err = dump(t, rec, &loose); len(got) != 2 || err != nil {
		t.Errorf("request with the replies of another: %v, %v, want two rows", got, err)
	}
	file, err := rec.File("/proc/net/sockstat")
	if string(file) != "sockets: used 5\n" || err != nil {
		t.Errorf("File = %q, %v", file, err)
	}
	if _, err := rec.File("/etc/passwd"); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("file not recorded: %v, want ErrNotRecorded", err)
	}
}

func TestHead(t *testing.T) {
	got := open(t, sample(t)).Head()
	if diff := cmp.Diff(sampleHead, got); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
	got.Namespaces[0].Name = "overwritten"
	var b bytes.Buffer
	odd := Head{Host: "a\x00version\x00forged", Release: strings.Repeat("r", 2*maxName)}
	if err := NewRecorder(&b, &odd, nil).Close(); err != nil {
		t.Fatal(err)
	}
	want := Head{Host: "a", Release: strings.Repeat("r", maxName)}
	if diff := cmp.Diff(want, open(t, b.Bytes()).Head()); diff != "" {
		t.Errorf("head with odd texts (-want +got):\n%s", diff)
	}
}

// TestNamespaces checks that one recording keeps replies of several namespaces apart.
func TestNamespaces(t *testing.T) {
	var b bytes.Buffer
	all := NewRecorder(&b, &Head{Namespaces: []Namespace{{Inode: 1, Name: "self"}}}, nil)
	for i, rec := range []*Recorder{
		all, all.In(Namespace{2, "blue"}), all.In(Namespace{0, "red"}), all.In(Namespace{Inode: 1}),
	} {
		id := rec.request(unix.NETLINK_SOCK_DIAG, msg(20, 0, 'a'))
		rec.reply(id, datagram(row(byte(i)), done(0)))
		rec.File("net/tcp", fmt.Append(nil, i))
		rec.Chunk("links", fmt.Append(nil, i))
	}
	if err := all.In(Namespace{2, ""}).Close(); err != nil {
		t.Fatal(err)
	}
	rec := open(t, b.Bytes())
	want := []Namespace{{1, "self"}, {2, "blue"}, {0, "red"}}
	if diff := cmp.Diff(want, rec.Head().Namespaces); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		rec   *Recording
		row   byte
		file  string
		links string
	}{
		{rec, 0, "3", "03"},
		{rec.In(1), 0, "3", "03"},
		{rec.In(2), 1, "1", "1"},
		{rec.In(0), 2, "2", "2"},
		{rec.In(2).In(1), 0, "3", "03"},
	} {
		got, err := dump(t, tt.rec, &Request{Op: "dump", Type: 20, Payload: []byte("a")})
		if err != nil || len(got) != 1 || got[0] != tt.row {
			t.Errorf("rows %v, %v, want %d", got, err, tt.row)
		}
		file, _ := tt.rec.File("net/tcp")
		links, _ := tt.rec.File("links")
		if string(file) != tt.file || string(links) != tt.links {
			t.Errorf("files %q and %q, want %q and %q", file, links, tt.file, tt.links)
		}
	}
	if _, err := dump(t, rec.In(3), &Request{Op: "dump", Type: 20, Payload: []byte("a")}); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("namespace without replies: %v, want ErrNotRecorded", err)
	}
}

// TestRecorderShared records several namespaces from several goroutines.
func TestRecorderShared(t *testing.T) {
	var b bytes.Buffer
	all := NewRecorder(&b, nil, nil)
	var group sync.WaitGroup
	for i := range byte(4) {
		group.Go(func() {
			for n := range byte(50) {
				rec := all.In(Namespace{Inode: uint64(i) + 1})
				rec.Exchange(unix.NETLINK_SOCK_DIAG, msg(20, 0, n), datagram(row(i)), datagram(row(n), done(0)))
				rec.Chunk("table", []byte{n})
				rec.File("file", []byte{n})
			}
		})
	}
	group.Wait()
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	rec := open(t, b.Bytes())
	for i := range byte(4) {
		view := rec.In(uint64(i) + 1)
		for n := range byte(50) {
			got, err := dump(t, view, &Request{Op: "dump", Type: 20, Payload: []byte{n}})
			if diff := cmp.Diff([]byte{i, n}, got); diff != "" || err != nil {
				t.Errorf("namespace %d, request %d: %v (-want +got):\n%s", i, n, err, diff)
			}
		}
		table, err := view.File("table")
		file, err2 := view.File("file")
		if err := errors.Join(err, err2); err != nil || len(table) != 50 || file[0] != 49 {
			t.Errorf("namespace %d: table %v, file %v, %v", i, table, file, err)
		}
	}
}

func TestChunks(t *testing.T) {
	var b bytes.Buffer
	rec := NewRecorder(&b, nil, nil)
	long := bytes.Repeat([]byte("x"), maxData+1)
	for _, data := range [][]byte{[]byte("one"), nil, long, []byte("two")} {
		rec.Chunk("table", data)
		rec.Chunk("other", []byte("-"))
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	replay := open(t, b.Bytes())
	var got []int
	for data, err := range replay.Chunks("table") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, len(data))
	}
	if diff := cmp.Diff([]int{3, maxData, 1, 3}, got); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
	whole, err := replay.File("table")
	if want := "one" + string(long) + "two"; string(whole) != want || err != nil {
		t.Errorf("File: %d bytes, %v, want %d", len(whole), err, len(want))
	}
	for _, err := range replay.Chunks("table") {
		if err != nil {
			t.Error(err)
		}
		break
	}
	n := 0
	for _, err := range replay.Chunks("none") {
		n++
		if !errors.Is(err, ErrNotRecorded) {
			t.Errorf("table not recorded: %v, want ErrNotRecorded", err)
		}
	}
	if n != 1 {
		t.Errorf("%d errors for a table not recorded, want 1", n)
	}
}

// TestFileAgain reads a file that was recorded twice: the later one is returned.
func TestFileAgain(t *testing.T) {
	var b bytes.Buffer
	rec := NewRecorder(&b, nil, nil)
	rec.File("net/snmp", []byte("long ago"))
	rec.File("net/snmp", []byte("now"))
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, b.Bytes()).File("net/snmp"); string(got) != "now" || err != nil {
		t.Errorf("File = %q, %v, want now", got, err)
	}
}

// TestOpenFile records a file while it is read: all of it, although the reader stops early.
func TestOpenFile(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 10<<10)
	source := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	for _, rewrite := range []Rewriter{nil, &upper{}} {
		for _, n := range []int{0, 10, len(text)} {
			var b bytes.Buffer
			rec := NewRecorder(&b, nil, rewrite)
			r, err := OpenFile("net/tcp", rec, nil, source)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, n)
			if _, err := io.ReadFull(r, got); err != nil || string(got) != text[:n] {
				t.Errorf("read %d bytes: %v", n, err)
			}
			if err := errors.Join(r.Close(), rec.Close()); err != nil {
				t.Error(err)
			}
			r, err = OpenFile("net/tcp", nil, open(t, b.Bytes()), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := text
			if rewrite != nil {
				want = strings.ToUpper(text)
			}
			if got, err := io.ReadAll(r); string(got) != want || err != nil {
				t.Errorf("replayed %d bytes after %d were read, %v, want %d", len(got), n, err, len(want))
			}
		}
	}
	bad := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("a"), failing{unix.EIO})), nil
	}
	rec := NewRecorder(io.Discard, nil, nil)
	r, err := OpenFile("net/tcp", rec, nil, bad)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, unix.EIO) || !errors.Is(rec.Close(), unix.EIO) {
		t.Errorf("file that cannot be read: %v and %v, want EIO twice", err, rec.Err())
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestRecorderKeepsItsError(t *testing.T) {
	rec := NewRecorder(failing{unix.ENOSPC}, nil, nil)
	rec.File("a", nil)
	if err := rec.Err(); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Err = %v, want ENOSPC", err)
	}
	if err := rec.Close(); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Close = %v, want ENOSPC", err)
	}
	for name, spoil := range map[string]func(*Recorder){
		"long name":    func(r *Recorder) { r.File(strings.Repeat("n", maxName+1), nil) },
		"long request": func(r *Recorder) { r.request(4, make([]byte, maxFrame+1)) },
		"many files":   func(r *Recorder) { r.files = maxFiles; r.File("a", nil) },
		"many":         func(r *Recorder) { r.counts.requests = maxRequests; r.request(4, nil) },
		"after Close":  func(r *Recorder) { _ = r.Close(); r.Chunk("a", []byte("b")) },
	} {
		rec := NewRecorder(io.Discard, nil, nil)
		spoil(rec)
		if err := rec.Err(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCanceledBeforeItStarts(t *testing.T) {
	c, err := Dial(unix.NETLINK_SOCK_DIAG, &Config{Replay: open(t, sample(t))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Dump(ctx, &Request{Op: "dump", Type: 20, Payload: []byte("a")}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want context.Canceled", err)
		}
	}
}

// sealed adds the first line and a matching end mark to frames.
func sealed(frames []byte) []byte {
	b := append([]byte(firstLine()), frames...)
	var c counts
	for rest := frames; len(rest) >= frameHdrLen; {
		f := parseFrame(rest)
		if uint64(f.len) > uint64(len(rest)-frameHdrLen) {
			break
		}
		c.add(f.kind)
		rest = rest[min(frameHdrLen+align(int(f.len)), len(rest)):]
	}
	end := frame{kind: frameEnd, len: endLen}
	return withSum(c.append(end.append(b)))
}

// withSum appends the check sum of b.
func withSum(b []byte) []byte {
	return binary.NativeEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}
