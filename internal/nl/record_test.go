package nl

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// recording writes one with two answered questions and a file.
func recording(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	rec := NewRecorder(&b)
	one := rec.request(unix.NETLINK_SOCK_DIAG, msg(20, 0, 'a'))
	two := rec.request(unix.NETLINK_SOCK_DIAG, msg(20, 0, 'b'))
	rec.reply(unix.NETLINK_SOCK_DIAG, two, datagram(row(3)))
	rec.reply(unix.NETLINK_SOCK_DIAG, one, datagram(row(1)))
	rec.reply(unix.NETLINK_SOCK_DIAG, one, datagram(row(2), done(0)))
	rec.reply(unix.NETLINK_SOCK_DIAG, two, done(unix.ENOENT))
	rec.File("/proc/net/sockstat", []byte("sockets: used 5\n"))
	if err := rec.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dump asks a replaying Conn.
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
	rec, err := OpenRecording(bytes.NewReader(recording(t)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("a")})
	if diff := cmp.Diff([]byte{1, 2}, got); diff != "" || err != nil {
		t.Errorf("first question: %v (-want +got):\n%s", err, diff)
	}
	got, err = dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("b")})
	if diff := cmp.Diff([]byte{3}, got); diff != "" || !errors.Is(err, unix.ENOENT) {
		t.Errorf("second question: %v, want ENOENT (-want +got):\n%s", err, diff)
	}
	_, err = dump(t, rec, &Request{Op: "dump tcp sockets", Type: 20, Payload: []byte("c")})
	if !errors.Is(err, ErrNotRecorded) || !strings.Contains(err.Error(), "dump tcp sockets") {
		t.Errorf("question not recorded: %v, want ErrNotRecorded and what was tried", err)
	}
	file, err := rec.File("/proc/net/sockstat")
	if string(file) != "sockets: used 5\n" || err != nil {
		t.Errorf("File = %q, %v", file, err)
	}
	if _, err := rec.File("/etc/passwd"); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("file not recorded: %v, want ErrNotRecorded", err)
	}
}

// TestReplayCut cuts a recording at every byte: what is left of an answer must never look whole.
func TestReplayCut(t *testing.T) {
	whole := recording(t)
	for n := range whole {
		rec, err := OpenRecording(bytes.NewReader(whole[:n]))
		if err != nil {
			continue // within the first line, or a request that is cut
		}
		got, err := dump(t, rec, &Request{Op: "dump", Type: 20, Payload: []byte("a")})
		if err == nil && len(got) != 2 {
			t.Errorf("cut at %d: rows %v without an error", n, got)
		}
	}
}

func TestOpenRecordingErrors(t *testing.T) {
	other := "big-endian\n"
	if byteOrder() == other {
		other = "little-endian\n"
	}
	huge := recordMagic + byteOrder() + "\xff\xff\xff\x7f\x02\x00\x04\x00\x01\x00\x00\x00"
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "not an nlstat recording"},
		{"something else", "GIF89a.................................", "not an nlstat recording"},
		{"other byte order", recordMagic + other, "other byte order"},
		{"absurd length", huge, "frame of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenRecording(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, unix.ENOSPC }

func TestRecorderKeepsItsError(t *testing.T) {
	rec := NewRecorder(fullDisk{})
	rec.File("a", nil)
	if err := rec.Err(); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Err = %v, want ENOSPC", err)
	}
}

func TestCanceledBeforeItStarts(t *testing.T) {
	rec, err := OpenRecording(bytes.NewReader(recording(t)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Dial(unix.NETLINK_SOCK_DIAG, &Config{Replay: rec})
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
