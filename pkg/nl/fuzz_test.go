//go:build linux

package nl

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

var errEnd = errors.New("end of the fuzzer's input")

// FuzzStream reads hostile datagrams: the loop must end without a panic and yield at most one error,
// last.
func FuzzStream(f *testing.F) {
	f.Add(datagram(row(1), row(2)), done(0))
	f.Add(row(1, 2, 3, 4), msg(unix.NLMSG_ERROR, unix.NLM_F_ACK_TLVS, errno(unix.EINVAL)...))
	f.Add([]byte{15, 0, 0, 0}, []byte{})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s := stream{op: "fuzz", src: &script{datagrams: [][]byte{first, second}, err: errEnd}, req: us, multi: true}
		var failed error
		for m, err := range s.All {
			if failed != nil {
				t.Fatalf("yielded after the error %v", failed)
			}
			failed = err
			if err != nil {
				_ = err.Error()
				continue
			}
			attrs := Attrs(m.Payload)
			for {
				before := len(attrs)
				if _, _, ok := attrs.Next(); !ok {
					break
				}
				if len(attrs) >= before {
					t.Fatal("the attribute walk makes no progress")
				}
			}
		}
		if !s.ended {
			t.Fatal("the stream has not ended")
		}
	})
}

// FuzzAttrs checks that decoded attributes are equal after encoding and decoding.
func FuzzAttrs(f *testing.F) {
	f.Add(AppendAttr(AppendAttr(nil, 1, []byte("abc")), 2, nil))
	f.Add([]byte{3, 0, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, rest := walk(b)
		if rest < 0 || rest > len(b) {
			t.Fatalf("rest = %d of %d", rest, len(b))
		}
		var again []byte
		for _, a := range got {
			again = AppendAttr(again, a.Type, []byte(a.Val))
		}
		twice, rest := walk(again)
		if rest != 0 || len(twice) != len(got) {
			t.Fatalf("%d attributes became %d, %d bytes left", len(got), len(twice), rest)
		}
		for i := range got {
			if got[i] != twice[i] {
				t.Fatalf("attribute %d: %v became %v", i, got[i], twice[i])
			}
		}
	})
}

// FuzzRecording opens hostile recordings, as they are and with an end mark that agrees, and plays every
// reply and file in them.
func FuzzRecording(f *testing.F) {
	b := sample(f)
	f.Add(b)
	f.Add(b[len(firstLine()) : len(b)-frameHdrLen-endLen])
	f.Add([]byte(recordMagic))
	f.Add(frames(frame{kind: frameNamespace, len: 8}, make([]byte, 8), frame{kind: frameReply, id: 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, sealed(b)} {
			if rec, err := OpenRecording(bytes.NewReader(b)); err == nil {
				playAll(t, rec, len(b))
			}
		}
	})
}

// playAll plays everything in a recording of n bytes. Errors are allowed.
func playAll(t *testing.T, rec *Recording, n int) {
	t.Helper()
	_ = rec.Head()
	for i := range rec.requests {
		q := &rec.requests[i]
		view := &Recording{recording: rec.recording, netns: q.netns}
		r := &Request{Op: "fuzz", Type: q.typ, Answers: func([]byte) bool { return true }}
		src, hdr, err := view.find(int(q.protocol), r)
		if err != nil {
			continue // no netlink message
		}
		s := stream{src: src, req: hdr, multi: true}
		_, _ = run(&s)
	}
	for k := range rec.names {
		view := &Recording{recording: rec.recording, netns: k.netns}
		if b, err := view.File(k.name); err != nil || len(b) > n {
			t.Fatalf("file %q: %d bytes of %d, %v", k.name, len(b), n, err)
		}
		for _, err := range view.Chunks(k.name) {
			if err != nil {
				t.Fatalf("file %q: %v", k.name, err)
			}
		}
	}
}
