//go:build linux

package nl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCut checks that a recording cut at any byte cannot be opened.
func TestCut(t *testing.T) {
	whole := sample(t)
	for n := range whole {
		_, err := OpenRecording(bytes.NewReader(whole[:n]))
		if !errors.Is(err, ErrCut) || !errors.Is(err, ErrUnexpectedEnd) ||
			!strings.Contains(err.Error(), "recording is cut off: ") {
			t.Errorf("cut at %d: %v, want ErrCut", n, err)
		}
	}
}

// TestDamaged checks that a recording with any byte changed cannot be opened.
func TestDamaged(t *testing.T) {
	whole := sample(t)
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x41
		if _, err := OpenRecording(bytes.NewReader(b)); err == nil {
			t.Errorf("byte %d changed: no error", i)
		}
	}
}

// TestCutWhileReplayed cuts a recording that is open already.
func TestCutWhileReplayed(t *testing.T) {
	r := &shrinking{Reader: bytes.NewReader(sample(t))}
	rec, err := OpenRecording(r)
	if err != nil {
		t.Fatal(err)
	}
	r.Reader = bytes.NewReader(nil)
	_, err = rec.File("/proc/net/sockstat")
	if !errors.Is(err, ErrCut) {
		t.Errorf("file: %v, want ErrCut", err)
	}
	if _, err := dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("a")}); !errors.Is(err, ErrCut) {
		t.Errorf("dump: %v, want ErrCut", err)
	}
}

type shrinking struct{ *bytes.Reader }

// frames encodes frames with empty payloads but for those given.
func frames(list ...any) (b []byte) {
	for _, v := range list {
		switch v := v.(type) {
		case frame:
			b = v.append(b)
		case []byte:
			b = append(b, v...)
			b = append(b, make([]byte, -len(v)&3)...)
		}
	}
	return b
}

func TestRefused(t *testing.T) {
	other := strings.NewReplacer("little", "big", "big", "little").Replace(firstLine())
	space := frames(frame{kind: frameNamespace, len: 8}, make([]byte, 8))
	end := func(c counts, extra ...byte) string {
		b := append([]byte(firstLine()), frames(frame{kind: frameEnd, len: uint32(endLen + len(extra))})...)
		return string(append(withSum(c.append(b)), extra...))
	}
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "recording is cut off"},
		{"something else", "GIF89a.................................", "not an nlstat recording"},
		{"something alike", "nlstat recording of mine", "not an nlstat recording"},
		{"odd byte order", "nlstat recording 2 middle-endian\n......", "not an nlstat recording"},
		{"format 1", "nlstat recording 1 little-endian\n............", "record anew"},
		{"format 3", "nlstat recording 3 little-endian\n............", "newer nlstat"},
		{"other byte order", other + "................", "other byte order"},
		{"absurd length", firstLine() + string(frames(frame{kind: frameData, len: maxFrame + 1})), "damaged: frame of"},
		{"counts of frames", end(counts{frames: 1}), "0 frames, not 1"},
		{"counts of replies", end(counts{replies: 1}), "damaged"},
		{"counts of requests", end(counts{requests: 1}), "damaged"},
		{"short end mark", firstLine() + string(frames(frame{kind: frameEnd, len: 4}, make([]byte, 4))), "too short"},
		{"longer", string(sample(t)) + "x", "something follows its end mark"},
		{"twice", string(sample(t)) + string(sample(t)), "something follows its end mark"},
		{"reply to nothing", string(sealed(frames(space, frame{kind: frameReply, id: 1}))), "is invalid"},
		{"reply to request 0", string(sealed(frames(space, frame{kind: frameReply}))), "is invalid"},
		{"data of no file", string(sealed(frames(space, frame{kind: frameData, id: 1}))), "is invalid"},
		{"requests out of order", string(sealed(frames(space, frame{kind: frameRequest, id: 2}))), "is invalid"},
		{"files out of order", string(sealed(frames(space, frame{kind: frameFile, id: 2}))), "is invalid"},
		{"namespaces out of order", string(sealed(frames(space, space))), "is invalid"},
		{"short namespace", string(sealed(frames(frame{kind: frameNamespace}))), "is invalid"},
		{"request of no namespace", string(sealed(frames(space, frame{kind: frameRequest, id: 1, netns: 1}))), "is invalid"},
		{"file of no namespace", string(sealed(frames(space, frame{kind: frameFile, id: 1, netns: 1}))), "is invalid"},
		{"long name", string(sealed(frames(
			space, frame{kind: frameFile, id: 1, len: maxName + 1}, make([]byte, maxName+1)))), "is invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenRecording(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, err := OpenRecording(readerAt{unix.EIO}); !errors.Is(err, unix.EIO) {
		t.Errorf("a file that cannot be read: %v, want EIO", err)
	}
}

type readerAt struct{ err error }

func (r readerAt) ReadAt([]byte, int64) (int, error) { return 0, r.err }

// TestSkipped reads what a later version may add within the format.
func TestSkipped(t *testing.T) {
	head := "color\x00blue\x00host\x00web1\x00time\x00tomorrow\x00cut"
	b := sealed(frames(
		frame{kind: 4711, len: 3, id: 9, netns: 9}, []byte("new"),
		frame{kind: frameHead, len: uint32(len(head))}, []byte(head),
		frame{kind: frameNamespace, len: 8}, make([]byte, 8)))
	if got := open(t, b).Head(); got.Host != "web1" || !got.Time.IsZero() {
		t.Errorf("head = %+v, want web1 and no time", got)
	}
	n := len(b) - frameHdrLen - endLen
	longer := append(bytes.Clone(b[:n]), frames(frame{kind: frameEnd, len: endLen + 8})...)
	longer = append(withSum(append(longer, b[n+frameHdrLen:n+frameHdrLen+24]...)), make([]byte, 8)...)
	open(t, longer)
	for n := range longer {
		if _, err := OpenRecording(bytes.NewReader(longer[:n])); !errors.Is(err, ErrCut) {
			t.Errorf("with a longer end mark, cut at %d: %v, want ErrCut", n, err)
		}
	}
}

// TestIndexIsSmall opens a recording of 300,000 sockets and a long table and limits the memory in
// use.
func TestIndexIsSmall(t *testing.T) {
	const sockets, datagrams = 300_000, 1200
	pr, pw := io.Pipe()
	go func() { // writes while the recording is spooled
		rec := NewRecorder(pw, nil, nil)
		id := rec.request(unix.NETLINK_SOCK_DIAG, msg(20, 0, 'a'))
		d := row(make([]byte, 32<<10-headerLen)...)
		for range datagrams {
			rec.reply(id, d)
		}
		rec.reply(id, done(0))
		var lines []byte
		for i := range sockets {
			if lines = binary.NativeEndian.AppendUint32(lines, uint32(i)); len(lines) == maxData {
				rec.Chunk("owners", lines)
				lines = lines[:0]
			}
		}
		rec.Chunk("owners", lines)
		for range 1000 {
			rec.Chunk("processes", d)
		}
		pw.CloseWithError(rec.Close())
	}()
	f, err := Spool(pr)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // removed with the test
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rec, err := OpenRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("opening took %d bytes of memory, want 1 MiB at most", n)
	}
	runtime.ReadMemStats(&before)
	got, err := dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("a")})
	if len(got) != datagrams || err != nil {
		t.Errorf("%d messages, %v, want %d", len(got), err, datagrams)
	}
	n := 0
	for b, err := range rec.Chunks("owners") {
		if err != nil {
			t.Fatal(err)
		}
		n += len(b) / 4
	}
	if n != sockets {
		t.Errorf("%d owners, want %d", n, sockets)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("replaying took %d bytes of memory, want 1 MiB at most", n)
	}
}
