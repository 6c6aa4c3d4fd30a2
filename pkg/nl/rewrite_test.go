//go:build linux

package nl

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// upper is a Rewriter that changes ASCII texts to upper case.
type upper struct{ err error }

func (u *upper) Request(_ int, _ uint16, b []byte) error        { return u.File("", b) }
func (u *upper) Reply(_ int, _ uint8, _ uint16, b []byte) error { return u.File("", b) }

func (u *upper) File(_ string, b []byte) error {
	copy(b, bytes.ToUpper(b))
	return u.err
}

func TestRewrite(t *testing.T) {
	echo := func(flags uint16, text string) []byte {
		return msg(unix.NLMSG_ERROR, flags, append(errno(unix.EPERM), msg(20, 0, []byte(text)...)...)...)
	}
	lying := echo(0, "eeee")
	lying[headerLen+4] = 0xff // the length of the echoed request
	for _, tt := range []struct {
		name     string
		in, want []byte
	}{
		{"rows", datagram(row([]byte("one1")...), row([]byte("two2")...)), datagram(row([]byte("ONE1")...), row([]byte("TWO2")...))},
		{"done", msg(unix.NLMSG_DONE, 0, []byte("abcd")...), msg(unix.NLMSG_DONE, 0, []byte("abcd")...)},
		{"echo", echo(0, "eeee"), echo(0, "EEEE")},
		{"capped echo", echo(unix.NLM_F_CAPPED, "text"), echo(unix.NLM_F_CAPPED, "text")},
		{"error without an echo", msg(unix.NLMSG_ERROR, 0, errno(unix.EPERM)...), msg(unix.NLMSG_ERROR, 0, errno(unix.EPERM)...)},
		{"no message", append(row([]byte("one1")...), "secret"...), append(row([]byte("ONE1")...), make([]byte, 6)...)},
		{"lying echo", lying, append(bytes.Clone(lying[:headerLen+4+headerLen]), 0, 0, 0, 0)},
	} {
		got := bytes.Clone(tt.in)
		if err := rewriteMessages(&upper{}, requestRef{}, got, false); err != nil || !bytes.Equal(got, tt.want) {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

// TestRewritten checks that the run gets the kernel's reply and the recording the rewritten one.
func TestRewritten(t *testing.T) {
	var b bytes.Buffer
	rec := NewRecorder(&b, nil, &upper{})
	request, answer, file := msg(20, 0, 'a'), datagram(row('b'), done(0)), []byte("file")
	id := rec.request(unix.NETLINK_SOCK_DIAG, request)
	rec.reply(id, answer)
	rec.File("file", file)
	rec.Chunk("table", []byte("table"))
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	if request[headerLen] != 'a' || answer[headerLen] != 'b' || string(file) != "file" {
		t.Error("the caller's bytes were changed")
	}
	replay := open(t, b.Bytes())
	if got, err := dump(t, replay, &Request{Type: 20, Payload: []byte("A")}); string(got) != "B" || err != nil {
		t.Errorf("rows %q, %v, want B", got, err)
	}
	got, err := replay.File("file")
	table, err2 := replay.File("table")
	if string(got) != "FILE" || string(table) != "table" || errors.Join(err, err2) != nil {
		t.Errorf("file %q and table %q, %v, %v", got, table, err, err2)
	}
}

func TestRewriterRefuses(t *testing.T) {
	refused := errors.New("refused")
	for name, write := range map[string]func(*Recorder){
		"request": func(r *Recorder) { r.request(0, msg(20, 0, 'a')) },
		"reply":   func(r *Recorder) { r.reply(requestRef{id: 1}, row('a')) },
		"echo": func(r *Recorder) {
			r.reply(requestRef{id: 1}, msg(unix.NLMSG_ERROR, 0, append(errno(unix.EPERM), msg(20, 0, 'a')...)...))
		},
		"file": func(r *Recorder) { r.File("a", []byte("b")) },
	} {
		var b bytes.Buffer
		rec := NewRecorder(&b, nil, &upper{refused})
		n := b.Len()
		write(rec)
		if err := rec.Close(); !errors.Is(err, refused) {
			t.Errorf("%s: %v, want the refusal", name, err)
		}
		if b.Len() != n {
			t.Errorf("%s: %q was written", name, b.Bytes()[n:])
		}
	}
}
